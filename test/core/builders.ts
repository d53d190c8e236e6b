import { after, before } from "@steward/core/apply/duration";
import type { Duration } from "@steward/core/apply/run";
import type { FleetFacts, Lease, NodeFacts } from "@steward/core/fleet/facts";
import { defaultPolicy, type Policy } from "@steward/core/fleet/policy";
import type { DesiredState, ProbeReport } from "@steward/core/fleet/probe";
import type { Guard, Intent } from "@steward/core/guards/guard";
import type { Attempt } from "@steward/core/incidents/attempt";
import type { Incident } from "@steward/core/incidents/incident";
import type { RunRecord } from "@steward/core/incidents/run-record";
import type { SlotRecord } from "@steward/core/snapshots/slot-record";

/** Night, when nobody watches. */
export const NOW = new Date("2026-05-04T03:00:00.000Z");
export const ago = (duration: Duration): Date => before(NOW, duration);
export const hence = (duration: Duration): Date => after(NOW, duration);
/** One millisecond to either side of a boundary. */
export const justBefore = (date: Date): Date => new Date(date.getTime() - 1);
export const justAfter = (date: Date): Date => new Date(date.getTime() + 1);

export const FIRST = "i-0aaaaaaaaaaaaaaa1";
export const SECOND = "i-0bbbbbbbbbbbbbbb2";
export const THIRD = "i-0cccccccccccccccc";
export const GROUP = "steward-demo";
export const DATABASE = "steward-demo";
export const ME = "arn:aws:lambda:eu-central-1:123456789012:function:steward-demo-remediate:1/durable-execution/me/1";
export const OTHER = "arn:aws:lambda:eu-central-1:123456789012:function:steward-demo-remediate:1/durable-execution/other/1";

/** A fingerprint of the scheme and salt that all of a fleet share. */
export const CONFIG = `v1:5a17ed00:${"c0ffee".padEnd(64, "0")}`;
export const DOCUMENT = { bucket: "steward-123456789012-demo-state", key: `effective/${"d0c".padEnd(64, "0")}.json`, sha256: "d0c".padEnd(64, "0") };

export const desired: DesiredState = {
  desired: 1,
  revision: 7,
  version: "2026.04.0-21",
  configFingerprint: CONFIG,
  keyFingerprint: "5eed",
  document: DOCUMENT,
};

/** A node's account of itself: running, answering, equal to the desired state. */
export const report = (but: Partial<ProbeReport> = {}): ProbeReport => ({
  report: 1,
  instanceId: FIRST,
  at: NOW,
  version: desired.version,
  service: { state: "active", since: ago({ days: 2 }) },
  ping: { kind: "answer", status: 200, ms: 4 },
  runningVersion: desired.version,
  configFingerprint: desired.configFingerprint,
  keyFingerprint: desired.keyFingerprint,
  database: "reachable",
  storage: "reachable",
  more: { hostname: FIRST, held: true, keySource: null, license: null, clock: null, disks: [], languages: null, cluster: null },
  receipts: [],
  end: "end-of-report",
  ...but,
});

/** The probe of a node that reports. */
export const reports = (but: Partial<ProbeReport> = {}): NodeFacts["probe"] => ({ kind: "report", report: report(but) });

/** A node in service, healthy for two days. */
export const node = (but: Partial<NodeFacts> = {}): NodeFacts => ({
  instanceId: FIRST,
  imageId: "ami-0123456789abcdef0",
  launchedAt: ago({ days: 2 }),
  ec2: "running",
  statusChecks: "ok",
  lifecycle: "InService",
  target: { state: "healthy", reason: null },
  probe: reports({ instanceId: but.instanceId ?? FIRST }),
  ...but,
});

/** A node in service that the balancer finds unhealthy: Package Manager is not running on it, unless told otherwise. */
export const sickNode = (but: Partial<NodeFacts> = {}): NodeFacts =>
  node({
    target: { state: "unhealthy", reason: "Target.FailedHealthChecks" },
    probe: reports({ instanceId: but.instanceId ?? FIRST, service: { state: "failed", since: ago({ minutes: 4 }) }, ping: { kind: "refused" } }),
    ...but,
  });

/** Two nodes in service, healthy, database available, switch on, nothing under way. */
export const healthyFleet = (but: Partial<FleetFacts> = {}): FleetFacts => ({
  stage: "demo",
  at: NOW,
  group: { name: GROUP, desired: 2, min: 1, max: 3, failure: null, template: { name: "steward-demo-node", version: "1" }, activities: [] },
  nodes: [node(), node({ instanceId: SECOND })],
  database: { id: DATABASE, status: "available" },
  alarms: [],
  switch: { position: "on" },
  desired,
  dataVolume: null,
  address: null,
  images: [],
  builds: null,
  ownImages: null,
  firstDeploy: null,
  incidents: [],
  closed: [],
  announced: [],
  runs: [],
  attempts: [],
  lineage: {},
  leases: [],
  slots: [],
  prunings: [],
  drill: null,
  restore: null,
  approvals: [],
  databaseDrill: null,
  unread: [],
  ...but,
});

/** The healthy fleet with its first node sick. */
export const fleetWithSickNode = (but: Partial<FleetFacts> = {}): FleetFacts => healthyFleet({ nodes: [sickNode(), node({ instanceId: SECOND })], ...but });

/** Open since a minute, about the first node, nothing refused yet. */
export const incident = (but: Partial<Incident> = {}): Incident => ({
  id: "20260504T025900-node-sick-aaaa1",
  stage: "demo",
  kind: "node-sick",
  resource: FIRST,
  cause: "service-down",
  evidence: ["the service is failed"],
  openedAt: ago({ minutes: 1 }),
  endedAt: null,
  state: "open",
  paged: false,
  quietSince: null,
  refusals: [],
  ...but,
});

/** A restart of the first node for the incident, begun ten minutes ago and done. */
export const attempt = (but: Partial<Attempt> = {}): Attempt => ({
  run: "demo-incident-x-1",
  runbook: "restart-service",
  resource: FIRST,
  incident: incident().id,
  startedAt: ago({ minutes: 10 }),
  endedAt: ago({ minutes: 9 }),
  outcome: "done",
  because: "Package Manager is not running on the node",
  ...but,
});

/** A run still under way for the incident. */
export const runRecord = (but: Partial<RunRecord> = {}): RunRecord => ({
  name: `demo-incident-${incident().id}-1`,
  subject: `incident-${incident().id}`,
  execution: ME,
  startedAt: ago({ seconds: 40 }),
  endedAt: null,
  outcome: null,
  ...but,
});

/** The fleet's lease, held by somebody else for two more minutes. */
export const lease = (but: Partial<Lease> = {}): Lease => ({
  scope: "fleet",
  holder: "demo-incident-other-1",
  execution: OTHER,
  epoch: 4,
  expiresAt: hence({ minutes: 2 }),
  ...but,
});

/** The hourly set of now, made by application-consistent means. */
export const slotRecord = (but: Partial<SlotRecord> = {}): SlotRecord => ({
  slot: NOW,
  volumeId: "vol-0123456789abcdef0",
  schedules: ["hourly"],
  state: "made",
  key: "demo-duty-take-20260504t0300-1/1.1",
  attempt: 1,
  at: NOW,
  askedAt: NOW,
  snapshotIds: ["snap-1"],
  consistency: "application",
  because: null,
  revision: 3,
  ...but,
});

/** A restart of the first node by a run called `ME`. */
export const intent = (but: Partial<Intent> = {}): Intent => ({
  runbook: "restart-service",
  instanceId: FIRST,
  disrupts: true,
  execution: ME,
  resumes: false,
  ...but,
});

export const policy = (but: Partial<Policy> = {}): Policy => ({ ...defaultPolicy, ...but });

/** What a guard says now, by the default policy. */
export const ask = (guard: Guard, facts: FleetFacts, asked: Partial<Intent> = {}, now: Date = NOW) => guard(facts, intent(asked), defaultPolicy, now);
