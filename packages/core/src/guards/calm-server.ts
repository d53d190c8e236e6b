import type { FleetFacts } from "../fleet/facts.ts";
import { isMoving } from "../fleet/standing.ts";
import type { IncidentKind } from "../incidents/incident.ts";
import { FLEET_SCOPE } from "./fleet-lease.ts";
import type { Guard } from "./guard.ts";

/** No drill begins while the server is in trouble or is replaced: whoever mends it needs the room, and nobody could say what its volume holds. One that is under way goes on. */
export const calmServer: Guard = (facts, { runbook }, _policy, now) => {
  if (runbook !== "prove-restore" || facts.drill?.record?.endedAt === null) return undefined;
  const unrest = unrestOf(facts, now);
  return unrest === undefined ? undefined : { verdict: "refuse", guard: "calm-server", because: `${unrest}: a drill waits until that is over` };
};

/** What is the matter with the server, in words; undefined where nothing is. */
export function unrestOf({ incidents, nodes, group, leases }: FleetFacts, now: Date): string | undefined {
  const trouble = incidents.find(({ kind }) => IN_TROUBLE.has(kind));
  if (trouble) return `${trouble.resource} is in trouble (${trouble.kind})`;
  const moving = nodes.find(isMoving);
  if (moving) return `${moving.instanceId} is ${moving.lifecycle}`;
  const [activity] = group.activities;
  if (activity) return `the group is at it: ${activity.description}`;
  if (nodes.every(({ lifecycle }) => lifecycle !== "InService")) return "no server is in service";
  const lease = leases.find(({ scope, expiresAt }) => (scope === FLEET_SCOPE || scope.startsWith("node/")) && expiresAt > now);
  return lease && `${lease.holder} changes the server`;
}

const IN_TROUBLE: ReadonlySet<IncidentKind> = new Set<IncidentKind>(["node-sick", "fleet-sick", "database-down", "admission-failed", "first-deploy-late"]);
