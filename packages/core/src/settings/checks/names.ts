import type { Check, Finding, Stages } from "../check.ts";

/** Everything of a stage is called `steward-<stage>` or `steward-<stage>-…`, and some rights and lists go by that prefix. */
function ownPrefix(stages: Stages): Finding[] {
  const placed = Object.entries(stages).map(([name, { account, region }]) => ({ name, account, region, place: `${account} ${region}` }));
  return placed.flatMap(({ name, place, account, region }) =>
    placed
      .filter((other) => other.place === place && name.startsWith(`${other.name}-`))
      .map((other) => ({
        at: `stages.${name}`,
        reads: [name, other.name].flatMap((stage) => [`stages.${stage}.account`, `stages.${stage}.region`]),
        problem: `is named as if it were a part of stage ${other.name}: what begins with steward-${other.name}- is both's in ${region} of account ${account}`,
        allowed: `a name that does not begin with ${other.name}-; or another account or region`,
      })),
  );
}

export const nameChecks: readonly Check[] = [
  { id: "own-prefix", level: "refuse", words: "No stage is called like another of its account and region with -… behind it.", of: ownPrefix },
];
