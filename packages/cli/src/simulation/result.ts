import type { Attempt } from "@steward/core/incidents/attempt";
import type { Incident } from "@steward/core/incidents/incident";
import { INVARIANTS } from "@steward/simulator/invariants/registry";
import type { SimulationRequest } from "./simulate.ts";
import type { Stage } from "./stage.ts";

/** What `steward simulate --json` prints; times are ISO strings. */
export type SimulationResult = ReturnType<typeof resultOf>;

export function resultOf(stage: Stage, request: SimulationRequest) {
  const { incidents, attempts } = stage.chronicle;
  const { violations, checks } = stage.invariants;
  const held = stage.expectations.every((expectation) => expectation.held);
  return {
    ok: held && violations.length === 0,
    ...request,
    startedAt: stage.openedAt.toISOString(),
    endedAt: new Date().toISOString(),
    faults: stage.faults.map(({ id, at, cleared = false }) => ({ id, at: at.toISOString(), cleared })),
    incidents: incidents.map((incident) => incidentLine(incident, attempts)),
    nodes: nodesOf(stage),
    alerts: stage.messages.map(({ at, subject }) => ({ at: at.toISOString(), subject: subject ?? "" })),
    requests: { served: stage.traffic.served, failed: stage.traffic.failed },
    calls: callsOf(stage),
    invariants: {
      checked: INVARIANTS.map(({ id }) => id),
      checks: checks(),
      violated: violations.map(({ at, invariant, what }) => ({ at: at.toISOString(), invariant, what })),
    },
    expectations: stage.expectations,
  };
}

const incidentLine = (incident: Incident, attempts: readonly Attempt[]) => ({
  id: incident.id,
  kind: incident.kind,
  resource: incident.resource,
  cause: incident.cause,
  openedAt: incident.openedAt.toISOString(),
  endedAt: incident.endedAt?.toISOString() ?? null,
  outcome: incident.refusals.length > 0 && wasPaged(incident) ? ("paged" as const) : incident.state === "resolved" ? ("resolved" as const) : ("open" as const),
  actions: attempts
    .filter((attempt) => attempt.incident === incident.id)
    .map(({ runbook, resource, startedAt, endedAt, outcome, because }) => ({
      runbook,
      resource,
      startedAt: startedAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
      outcome,
      because,
    })),
  refusals: incident.refusals.map(({ guard, because, times }) => ({ guard, because, times })),
});

/** Incidents that Steward could only report end by themselves; the page is what it did. */
const wasPaged = (incident: Incident): boolean => incident.paged;

function nodesOf(stage: Stage) {
  const serving = new Set(stage.serving);
  return [...stage.world.ec2.instances.values()]
    .filter(({ tags }) => tags["aws:autoscaling:groupName"] === stage.deployed.topology.group.name)
    .map(({ instanceId, state, imageId }) => ({ id: instanceId, state, serving: serving.has(instanceId), imageId }));
}

/** Steward's own calls only; the operator who looks in and the deploy are not counted. */
function callsOf(stage: Stage) {
  const own = stage.world.account.record.filter(({ functionName, at }) => functionName !== undefined && at >= stage.openedAt);
  const byAction = new Map<string, number>();
  for (const { service, operation } of own) byAction.set(`${service}:${operation}`, (byAction.get(`${service}:${operation}`) ?? 0) + 1);
  return { total: own.length, byAction: Object.fromEntries([...byAction].sort(([a], [b]) => a.localeCompare(b))) };
}
