import { z } from "zod";
import { DesiredState } from "../fleet/probe.ts";
import type { Needed } from "../retention/snapshot.ts";

/** Marks of volumes: of which restore one was made, and that one is kept until a person confirms a restore. */
export const RESTORE_MARK = { made: "steward:restore", kept: "steward:kept-until-confirmed" } as const;

/** Where the data comes from: a snapshot, or a volume that was kept. */
export const RestoreSource = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("snapshot"), snapshotId: z.string() }),
  z.object({ kind: z.literal("volume"), volumeId: z.string() }),
]);
export type RestoreSource = z.infer<typeof RestoreSource>;

/**
 * The newest restore of a stage, on the ledger. `restored`: users are served from the volume, and nobody has confirmed it yet. There is one
 * at a time; one that follows takes over what the one before has kept.
 */
export const RestoreRecord = z.object({
  /** Names everything that it makes; the beginning of its plan's hash. */
  id: z.string(),
  /** Hash of the approved plan. */
  plan: z.string(),
  from: RestoreSource,
  /** The volume that was in effect before; null where there was none any more. */
  formerId: z.string().nullable(),
  startedAt: z.coerce.date(),
  state: z.enum(["under-way", "restored", "confirmed"]),
  /** The volume from which users are to be served. */
  volumeId: z.string().nullable(),
  /** What is to be in effect, as it was written down. */
  desired: DesiredState.nullable(),
  restoredAt: z.coerce.date().nullable(),
  confirmedAt: z.coerce.date().nullable(),
  /** Volumes that stay for the way back: to any of them until somebody confirms. */
  kept: z.array(z.string()),
  revision: z.int().positive(),
});
export type RestoreRecord = z.infer<typeof RestoreRecord>;

/** Not confirmed: it can be gone back on, and so everything is kept. */
export const isOpen = (record: RestoreRecord | null | undefined): record is RestoreRecord =>
  record !== null && record !== undefined && record.state !== "confirmed";

/** The snapshot of which a restore was made is kept until that is confirmed. */
export const neededBy = (record: RestoreRecord | null): Needed[] =>
  isOpen(record) && record.from.kind === "snapshot" ? [{ snapshotId: record.from.snapshotId, by: `the restore ${record.id}, which nobody has confirmed` }] : [];
