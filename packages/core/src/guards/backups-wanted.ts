import { after } from "../apply/duration.ts";
import type { IncidentKind } from "../incidents/incident.ts";
import type { Guard } from "./guard.ts";

/** While a server is in trouble nobody knows which snapshot will be wanted: none is deleted. */
export const backupsWanted: Guard = (facts, { runbook }, policy, now) => {
  const trouble = runbook === "prune-snapshots" ? facts.incidents.find(({ kind }) => IN_TROUBLE.has(kind)) : undefined;
  return (
    trouble && {
      verdict: "wait",
      guard: "backups-wanted",
      until: after(now, policy.poll),
      because: `${trouble.resource} is in trouble: no snapshot is deleted until that is over`,
    }
  );
};

const IN_TROUBLE: ReadonlySet<IncidentKind> = new Set<IncidentKind>(["node-sick", "fleet-sick", "admission-failed"]);
