import { z } from "zod";
import { before } from "../apply/duration.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { policyFingerprint } from "../retention/fingerprint.ts";
import { dueDateOf } from "../snapshots/due-date.ts";
import type { SnapshotOrder } from "../snapshots/slot-record.ts";
import { type Plan, runbook } from "./runbook.ts";

/** Runs that freeze the volume share a lease: one freeze at a time. */
export const SNAPSHOT_SCOPE = "snapshots";

/** A slot is made up for within a day; later than that it would be called what it is not. */
const LATEST = { days: 1 };

/** What users notice of a snapshot. */
export const FREEZE = "Nobody is turned away; what writes waits for a few seconds, 30 at most, while the volume stands still.";

/** What is made for the schedules of a slot; by the settings of the stage, the time between now and the slot does not matter. */
export const takeSnapshots = runbook({
  id: "take-snapshots",
  summary: "Make the one set of snapshots that is due for a slot: bring the database to rest, make them, let it go on.",
  input: z.strictObject({ slot: z.iso.datetime(), schedules: z.array(z.string()).min(1), instead: z.int().positive().optional() }),
  changes: ["take-snapshots"],
  disrupts: false,
  scope: SNAPSHOT_SCOPE,
  topologies: ["single"],
  impact: FREEZE,
  plan: ({ slot, schedules, instead }, facts, policy) => {
    const known = policy.keeping.snapshots?.schedules.map(({ id }) => id).filter((id) => schedules.includes(id)) ?? [];
    if (known.length === 0) return { steps: [], otherwise: [], impossible: `the settings know no schedule ${schedules.join(", ")}` };
    const at = new Date(slot);
    if (at > facts.at || before(facts.at, LATEST) > at)
      return { steps: [], otherwise: [], impossible: `${slot} does not lie within the last day: a snapshot of now says nothing of it` };
    return planOf(facts, policy, { slot: at, schedules: known, ...(instead && { instead }), because: `due for ${known.join(", ")}` });
  },
});

/** The one step that makes a set; impossible where there is nothing to make it of. */
export function planOf(
  { dataVolume }: FleetFacts,
  { keeping: { snapshots } }: Policy,
  { because, ...asked }: Pick<SnapshotOrder, "slot" | "schedules" | "instead"> & { dueAt?: Date; because: string },
): Plan {
  if (!snapshots || !dataVolume || dataVolume.isNew)
    return { steps: [], otherwise: [], impossible: dataVolume?.isNew ? `${dataVolume.id} is new and holds nothing yet` : "there is no data volume" };
  const dueAt = asked.dueAt ?? dueDateOf(asked.slot, asked.schedules, snapshots);
  const of = { volumeId: dataVolume.id, instanceId: dataVolume.attachedTo, unfrozen: snapshots.unfrozen, policy: policyFingerprint(snapshots) };
  return { steps: [{ do: "take-snapshots", ...asked, dueAt, ...of, because }], otherwise: [] };
}
