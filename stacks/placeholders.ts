import { fill } from "@steward/core/topology/placeholders";

/** What AWS named, by placeholder. */
export type Named = Record<string, $util.Input<string>>;

/** The value as JSON, its placeholders filled with what AWS named; fails on one that nothing answers to. */
export const filledJson = (value: unknown, named: Named): $util.Output<string> => $util.output(named).apply((known) => fill(JSON.stringify(value), known));

/** The texts with their placeholders filled. */
export const filled = (texts: Record<string, string>, named: Named): $util.Output<Record<string, string>> =>
  $util.output(named).apply((known) => Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, fill(text, known)])));
