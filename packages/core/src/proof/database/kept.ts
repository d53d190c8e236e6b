import type { KeptSnapshot } from "./facts.ts";

/** Ids of what is kept for nothing: all but the newest that could be restored, and those on their way. That newest one is never among them. */
export function superfluous(kept: readonly KeptSnapshot[]): string[] {
  const time = ({ madeAt }: KeptSnapshot): number => madeAt?.getTime() ?? 0;
  const usable = kept.filter(({ status }) => status === "available").toSorted((a, b) => time(b) - time(a));
  const broken = kept.filter(({ status }) => status === "failed");
  return [...usable.slice(1), ...broken].map(({ id }) => id);
}
