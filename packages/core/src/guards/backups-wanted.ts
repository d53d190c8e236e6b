import { after } from "../apply/duration.ts";
import type { IncidentKind } from "../incidents/incident.ts";
import { openRestore } from "../restore/standing.ts";
import type { RunbookId } from "../runbooks/runbook.ts";
import type { Guard } from "./guard.ts";

/** While a server is in trouble, no new snapshots are made, or a restore can still be gone back on, nobody knows which snapshot or image will be wanted: none is deleted. */
export const backupsWanted: Guard = (facts, { runbook }, policy, now) => {
  const kept = KEPT[runbook];
  if (kept === undefined) return undefined;
  const wait = (because: string) => ({ verdict: "wait", guard: "backups-wanted", until: after(now, policy.poll), because }) as const;
  const restore = openRestore(facts);
  if (restore) return wait(`the restore ${restore.id} is not confirmed: no ${kept} is deleted until that is over`);
  const trouble = facts.incidents.find(({ kind }) => IN_TROUBLE.has(kind));
  return trouble && wait(`${trouble.resource} is in trouble: no ${kept} is deleted until that is over`);
};

const KEPT: Partial<Record<RunbookId, string>> = { "prune-snapshots": "snapshot", "prune-copies": "copy", "prune-images": "image" };

const IN_TROUBLE: ReadonlySet<IncidentKind> = new Set<IncidentKind>(["node-sick", "fleet-sick", "admission-failed", "snapshot-missing"]);
