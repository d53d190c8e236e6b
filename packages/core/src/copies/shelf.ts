import { MARK } from "../retention/marks.ts";
import type { Snapshot, SnapshotFacts } from "../retention/snapshot.ts";
import type { SnapshotPolicy } from "../settings/schema.ts";

/** Stands for the volume of every copy: EC2 gives a copy an arbitrary one. */
export const COPIES = "copies";

export type CopyPolicy = NonNullable<SnapshotPolicy["copy"]>;

/** What Steward copied, as if it were of one volume: so the planner counts it. Whatever else is there stays nobody's, and is never touched. */
export const asCopies = (snapshots: readonly Snapshot[]): Snapshot[] =>
  snapshots.map((snapshot) => (snapshot.tags[MARK.copyOf] === undefined ? snapshot : { ...snapshot, volumeId: COPIES }));

/** The facts of the other region, in the planner's words. */
export const shelfOfCopies = (facts: SnapshotFacts): SnapshotFacts => ({
  ...facts,
  volumeId: COPIES,
  volumes: [...facts.volumes, COPIES],
  snapshots: asCopies(facts.snapshots),
});

/** By which rules copies are kept: their own numbers, and the floor and the blast radius of all. */
export const policyOfCopies = (policy: SnapshotPolicy, { keep, schedules }: CopyPolicy): SnapshotPolicy => ({
  ...policy,
  schedules: policy.schedules.filter(({ id }) => schedules.includes(id)).map((schedule) => ({ ...schedule, keep })),
  archive: null,
  lock: null,
});
