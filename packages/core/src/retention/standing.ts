import type { Marks, Snapshot } from "./snapshot.ts";

/** A snapshot that Steward made, and what its tags say. */
export interface Ours {
  snapshot: Snapshot;
  marks: Marks;
}

/** Whether EC2 has all of it. */
export const isCompleted = ({ state }: Pick<Snapshot, "state">): boolean => state === "completed";

/** Completed, and no proof has failed with it. */
export const isGood = (snapshot: Pick<Snapshot, "state">, { proofFailed }: Pick<Marks, "proofFailed">): boolean =>
  isCompleted(snapshot) && proofFailed === null;

const isFirstRate = ({ snapshot, marks }: Ours): boolean => isGood(snapshot, marks) && marks.consistency === "application";

/** Whatever the settings number is counted in such a class apart, so that the worse never takes the place of the better. */
export const CLASSES = {
  "application-consistent": isFirstRate,
  good: ({ snapshot, marks }: Ours) => isGood(snapshot, marks),
  completed: ({ snapshot }: Ours) => isCompleted(snapshot),
} as const satisfies Record<string, (one: Ours) => boolean>;
export type Class = keyof typeof CLASSES;

/** Newest slot first; of one slot the better first: good, application-consistent, older, and by id at last, so that no two are equal. */
export const newestFirst = (a: Ours, b: Ours): number =>
  b.marks.slot.getTime() - a.marks.slot.getTime() ||
  Number(CLASSES.good(b)) - Number(CLASSES.good(a)) ||
  Number(isFirstRate(b)) - Number(isFirstRate(a)) ||
  a.snapshot.startedAt.getTime() - b.snapshot.startedAt.getTime() ||
  (a.snapshot.id < b.snapshot.id ? -1 : 1);
