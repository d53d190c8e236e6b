import { z } from "zod";
import { whatChanged } from "../approval/judge.ts";
import type { Approval } from "../approval/stored-plan.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import { nextOf } from "../restore/next.ts";
import { proposeRestore, restsOn } from "../restore/propose.ts";
import type { RestoreSource } from "../restore/restore-record.ts";
import { type Plan, runbook } from "./runbook.ts";

const impossible = (because: string): Plan => ({ steps: [], otherwise: [], impossible: because });

/** What is due now, and no more: the next round does what is due then. It begins only as it was approved. */
export const restoreVolume = runbook({
  id: "restore-volume",
  summary: "Serve from a snapshot of the data volume, or again from a volume that a restore has kept; a person has to approve it first.",
  input: z
    .strictObject({
      snapshotId: z
        .string()
        .regex(/^snap-/)
        .optional(),
      volumeId: z.string().regex(/^vol-/).optional(),
      /** Hash of the plan that was approved; set by Steward. */
      approved: z.string().optional(),
    })
    .refine(({ snapshotId, volumeId }) => snapshotId === undefined || volumeId === undefined, "either a snapshot or a volume, not both"),
  changes: [
    "begin-restore",
    "make-restore-volume",
    "write-restore-document",
    "commit-desired",
    "mark-volumes",
    "end-server",
    "complete-lifecycle",
    "note-restored",
  ],
  disrupts: true,
  topologies: ["single"],
  impact: "Nobody is served for about 15 minutes; what was written since the snapshot is lost.",
  propose: proposeRestore,
  plan: ({ approved }, facts): Plan => {
    const { record = null } = facts.restore ?? {};
    if (record && record.plan === approved) {
      const standing = nextOf(facts)?.standing;
      return { steps: standing?.state === "act" ? standing.steps : [], otherwise: [] };
    }
    const plan = facts.approvals.findLast(({ hash, approved: by }) => hash === approved && by !== null);
    return plan ? beginning(plan, facts) : impossible("nobody has approved it");
  },
});

function beginning(plan: Approval, facts: FleetFacts): Plan {
  const changed = whatChanged(plan, { input: plan.input, restsOn: restsOn(facts) });
  if (changed.length > 0) return impossible(`it is not any more as it was approved: ${changed.join("; ")}`);
  const { snapshotId, volumeId } = plan.input;
  const from: RestoreSource | undefined = snapshotId ? { kind: "snapshot", snapshotId } : volumeId ? { kind: "volume", volumeId } : undefined;
  if (!from) return impossible("the plan names neither a snapshot nor a volume");
  const of = { id: restoreId(plan.hash), plan: plan.hash, from, formerId: facts.dataVolume?.id ?? null, after: facts.restore?.record?.revision ?? 0 };
  return { steps: [{ do: "begin-restore", ...of, because: plan.reason }], otherwise: [] };
}

/** As much of the hash as tells plans apart. */
export const restoreId = (hash: string): string => hash.slice(0, 12);
