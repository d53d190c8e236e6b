import { after } from "../apply/duration.ts";
import type { IncidentKind } from "../incidents/incident.ts";
import type { RunbookId } from "../runbooks/runbook.ts";
import type { Guard } from "./guard.ts";

/** While a server is in trouble, or no new snapshots are made, nobody knows which snapshot or image will be wanted: none is deleted. */
export const backupsWanted: Guard = (facts, { runbook }, policy, now) => {
  const kept = KEPT[runbook];
  const trouble = kept ? facts.incidents.find(({ kind }) => IN_TROUBLE.has(kind)) : undefined;
  return (
    trouble && {
      verdict: "wait",
      guard: "backups-wanted",
      until: after(now, policy.poll),
      because: `${trouble.resource} is in trouble: no ${kept} is deleted until that is over`,
    }
  );
};

const KEPT: Partial<Record<RunbookId, string>> = { "prune-snapshots": "snapshot", "prune-copies": "copy", "prune-images": "image" };

const IN_TROUBLE: ReadonlySet<IncidentKind> = new Set<IncidentKind>(["node-sick", "fleet-sick", "admission-failed", "snapshot-missing"]);
