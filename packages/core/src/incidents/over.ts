import { standsStill } from "../first-deploy/progress.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { findNode, isGone, isMoving, isServing, servingNodes } from "../fleet/standing.ts";
import { deviations } from "../health/deviations.ts";
import { triage } from "../health/triage.ts";
import { restoreFails } from "../restore/survey.ts";
import type { Incident } from "./incident.ts";

/** Whether the trouble has passed: its resource is well or gone, nothing else explains it, and enough nodes serve. */
export function isOver(incident: Pick<Incident, "kind" | "resource">, facts: FleetFacts, policy: Policy): boolean {
  if (incident.kind === "first-deploy-late") return facts.unread.length === 0 && standsStill(facts, policy) === undefined;
  if (incident.kind === "restore-failed") return facts.unread.length === 0 && restoreFails(facts) === undefined;
  if (facts.unread.length > 0 || servingNodes(facts).length < policy.capacity) return false;
  if (triage(facts, policy).some((finding) => finding.kind === incident.kind && finding.resource === incident.resource)) return false;
  if (incident.kind === "fleet-differs") return deviations(facts, policy).length === 0;
  if (incident.kind === "admission-failed") return deviations(facts, policy).length === 0 && !facts.nodes.some(isMoving);
  if (incident.kind === "database-down" || incident.kind === "fleet-sick")
    return facts.nodes.every((node) => node.lifecycle !== "InService" || isServing(node));
  const node = findNode(facts, incident.resource);
  return node === undefined || isGone(node) || isServing(node);
}
