import type { FleetFacts, NodeFacts } from "@steward/core/fleet/facts";
import type { ProbeReport } from "@steward/core/fleet/probe";
import { CAUSES } from "@steward/core/health/causes";
import type { Attempt } from "@steward/core/incidents/attempt";
import { INCIDENT_KINDS, type Incident } from "@steward/core/incidents/incident";
import { RUNBOOK_IDS } from "@steward/core/runbooks/runbook";
import fc from "fast-check";
import {
  attempt,
  DATABASE,
  FIRST,
  GROUP,
  healthyFleet,
  incident,
  lease,
  ME,
  NOW,
  node,
  OTHER,
  report,
  runRecord,
  SECOND,
  sickNode,
  THIRD,
} from "./builders.ts";

const VOLUME = "vol-0123456789abcdef0";
const FOURTH = "i-0dddddddddddddddd";
const INSTANCES = [FIRST, SECOND, THIRD, FOURTH];
const LIFECYCLES = ["InService", "Pending", "Pending:Wait", "EnteringStandby", "Standby", "Terminating:Wait", "Terminating:Proceed", null];

/** Some time in the last two hours, or the two days before. */
const past = fc.oneof(fc.integer({ min: 0, max: 7_200_000 }), fc.integer({ min: 0, max: 172_800_000 })).map((ms) => new Date(NOW.getTime() - ms));
const instance = fc.constantFrom(...INSTANCES);
const seen = fc.constantFrom<ProbeReport["database"]>("reachable", "unreachable", "unknown");

const ping: fc.Arbitrary<ProbeReport["ping"]> = fc.oneof(
  fc.constantFrom(200, 200, 503).map((status) => ({ kind: "answer" as const, status, ms: 5 })),
  fc.constantFrom({ kind: "timeout" as const }, { kind: "refused" as const }),
);

const probe = (instanceId: string): fc.Arbitrary<NodeFacts["probe"]> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .record({
          ping,
          database: seen,
          storage: seen,
          service: fc.record({ state: fc.constantFrom("active", "activating", "inactive", "failed", "unknown"), since: fc.constant(null) }),
        })
        .map((but) => ({ kind: "report" as const, report: report({ instanceId, ...but }) })),
    },
    { weight: 1, arbitrary: fc.constantFrom<NodeFacts["probe"]>({ kind: "unknown", because: "the agent does not answer" }, { kind: "not-asked" }) },
  );

const target = fc.option(
  fc.record({
    state: fc.constantFrom("healthy", "healthy", "unhealthy", "initial", "draining", "unused"),
    reason: fc.constantFrom(null, "Target.Timeout"),
  }) as fc.Arbitrary<NonNullable<NodeFacts["target"]>>,
  { freq: 8 },
);

/** Any node, likely and unlikely ones. */
const anyNode = (instanceId: string): fc.Arbitrary<NodeFacts> =>
  fc.record({
    instanceId: fc.constant(instanceId),
    imageId: fc.constant("ami-0123456789abcdef0"),
    launchedAt: past,
    ec2: fc.constantFrom("running", "running", "running", "pending", "shutting-down", "terminated", "stopping", "stopped", null),
    statusChecks: fc.constantFrom("ok", "ok", "impaired", "initializing", "unknown"),
    lifecycle: fc.constantFrom("InService", "InService", ...LIFECYCLES),
    target,
    probe: probe(instanceId),
  });

const nodes = fc
  .subarray(INSTANCES)
  .chain((chosen) =>
    fc.tuple(...chosen.map((instanceId) => fc.oneof(fc.constant(node({ instanceId })), fc.constant(sickNode({ instanceId })), anyNode(instanceId)))),
  );

const RESOURCES: Record<Incident["kind"], string[]> = {
  "node-sick": INSTANCES,
  "fleet-sick": [GROUP],
  "database-down": [DATABASE],
  "admission-failed": [GROUP],
  "fleet-differs": [GROUP],
  "first-deploy-late": [GROUP],
  "snapshot-failed": [VOLUME],
  "snapshot-stuck": [VOLUME],
  "snapshot-missing": [VOLUME],
  "snapshots-unfrozen": [VOLUME],
  "pruning-stopped": [GROUP],
  "pruning-partial": [GROUP],
  "orphaned-snapshots": ["vol-0fffffffffffffff0"],
  "snapshots-unlocked": [GROUP],
  "copy-failed": ["eu-west-1"],
  "copy-missing": ["eu-west-1"],
  "copies-unpruned": ["eu-west-1"],
  "images-unpruned": [GROUP],
  "restore-unproven": [VOLUME],
  "drill-left-over": [GROUP],
  "restore-failed": [GROUP],
  "restore-unconfirmed": [VOLUME],
};

/** Any open incident. */
export const incidents: fc.Arbitrary<Incident> = fc.constantFrom(...INCIDENT_KINDS).chain((kind) =>
  fc
    .record({
      resource: fc.constantFrom(...RESOURCES[kind]),
      openedAt: past,
      state: fc.constantFrom("open", "paged"),
      quietSince: fc.option(past),
      cause: fc.constantFrom(...Object.keys(CAUSES), "sunspots"),
    })
    .map((but) => incident({ ...but, paged: but.state === "paged", kind, id: `20260504T025900-${kind}-${but.resource.slice(-5)}` })),
);

const attempts = fc.array(
  fc
    .record({
      runbook: fc.constantFrom(...RUNBOOK_IDS),
      resource: instance,
      startedAt: past,
      outcome: fc.constantFrom<Attempt["outcome"]>("running", "done", "failed", "refused"),
    })
    .map((but) => attempt({ ...but, incident: `20260504T025900-node-sick-${but.resource.slice(-5)}` })),
  { maxLength: 5 },
);

const runs = fc.array(
  instance.chain((id) =>
    fc.boolean().map((running) => runRecord({ subject: `incident-20260504T025900-node-sick-${id.slice(-5)}`, endedAt: running ? null : NOW })),
  ),
  { maxLength: 3 },
);

/** Any fleet, however unlikely. */
export const fleets: fc.Arbitrary<FleetFacts> = fc
  .record({
    nodes,
    database: fc.option(
      fc.constantFrom("available", "available", "available", "modifying", "rebooting", "failed").map((status) => ({ id: DATABASE, status })),
      { freq: 8 },
    ),
    switch: fc.constantFrom<FleetFacts["switch"]>({ position: "on" }, { position: "on" }, { position: "off", because: "audit" }),
    incidents: fc.uniqueArray(incidents, { selector: ({ kind, resource }) => `${kind} ${resource}`, maxLength: 4 }),
    closed: fc.array(
      incidents.map((open): Incident => ({ ...open, state: "resolved", endedAt: open.openedAt })),
      { maxLength: 2 },
    ),
    attempts,
    runs,
    lineage: fc.dictionary(instance, instance, { maxKeys: 2 }),
    leases: fc.array(
      fc
        .record({
          execution: fc.constantFrom(ME, OTHER),
          expiresAt: fc.constantFrom(new Date(NOW.getTime() - 1), new Date(NOW.getTime() + 60_000)),
          scope: fc.constantFrom("fleet", `node/${FIRST}`),
        })
        .map(lease),
      { maxLength: 2 },
    ),
    unread: fc.constantFrom<FleetFacts["unread"]>([], [], [], [], [], [{ what: "the targets", because: "throttled" }]),
    group: fc.array(past, { maxLength: 1 }).map((started) => ({
      ...healthyFleet().group,
      activities: started.map((startedAt) => ({ id: "a", description: "Launching", cause: "", status: "PreInService", startedAt })),
    })),
  })
  .map(healthyFleet);

/** A fleet in which something may be done: one sick node of two or three, nothing else in the way, perhaps a restart tried before. */
export const treatable: fc.Arbitrary<FleetFacts> = fc
  .record({
    tried: fc.boolean(),
    sick: fc.boolean(),
    third: fc.boolean(),
    probe: fc.constantFrom<Partial<NodeFacts>>({}, { probe: { kind: "unknown", because: "silence" } }, { statusChecks: "impaired" }),
  })
  .map(({ tried, sick, third, probe }) =>
    healthyFleet({
      nodes: [sickNode(probe), node({ instanceId: SECOND }), ...(third ? [sick ? sickNode({ instanceId: THIRD }) : node({ instanceId: THIRD })] : [])],
      attempts: tried ? [attempt()] : [],
      incidents: [incident()],
    }),
  );
