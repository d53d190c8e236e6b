import { latest } from "../../apply/duration.ts";
import type { SnapshotPolicy } from "../../settings/schema.ts";
import type { Shelf } from "../shelf.ts";
import type { Ours } from "../standing.ts";

/** What a rule says of a snapshot: it is kept until then, null for nobody knows when; a moment that is over says that it was due then. */
export interface Reason {
  because: string;
  until: Date | null;
  /** Whatever later rules would say does not matter. */
  isLast?: true;
}

/** Everything that a rule may look at beside the snapshot. */
export interface Circumstances {
  policy: SnapshotPolicy;
  now: Date;
  shelf: Shelf;
  /** What rests on a snapshot, in words, by its id. */
  images: ReadonlyMap<string, readonly string[]>;
  templates: ReadonlyMap<string, readonly string[]>;
  /** Who of Steward's own needs it. */
  needed: ReadonlyMap<string, readonly string[]>;
}

/** What it says of one snapshot; nothing leaves it to the others. */
export type Rule = (one: Ours, circumstances: Circumstances) => Reason | undefined;

/** Kept as long as the moment lies ahead, or for ever. */
export const keptUntil = (until: Date | null, now: Date, because: string): Reason | undefined =>
  until === null || until > now ? { because, until } : undefined;

/** When the last of these lets go, now at the earliest; null as long as nobody can say when one of them will. */
export function endOfAll(reasons: readonly Pick<Reason, "until">[], now: Date): Date | null {
  const ends = reasons.flatMap(({ until }) => until ?? []);
  return ends.length < reasons.length ? null : latest(now, ...ends);
}
