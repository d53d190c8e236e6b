import type { Ledger, Look, Observer } from "@steward/core/apply/ports";
import type { FirstDeployRecord } from "@steward/core/first-deploy/facts";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { ownFront } from "@steward/core/fleet/front";
import type { ImageStore } from "@steward/core/image/ports";
import type { Names } from "@steward/core/topology/names";
import type { TopologyKind } from "@steward/core/topology/topology";
import type { Alarms } from "./alarms.ts";
import type { AutoScaling, GroupView } from "./auto-scaling.ts";
import type { Database } from "./database.ts";
import { type DatabaseDrillReads, readDatabaseDrill } from "./database-drill-reads.ts";
import { type DrillReads, readDrill } from "./drill-reads.ts";
import type { Ec2 } from "./ec2.ts";
import { type FirstDeployConfig, readFirstDeploy } from "./first-deploy.ts";
import type { Images } from "./images.ts";
import type { LoadBalancer, Target } from "./load-balancer.ts";
import { nodesOf } from "./node-facts.ts";
import type { Nodes } from "./nodes.ts";
import type { Parameters } from "./parameters.ts";
import { createReader, type Reader } from "./reader.ts";
import { type RestoreReads, readRestore } from "./restore-reads.ts";
import type { Server } from "./server.ts";

export interface ObserverConfig {
  stage: string;
  topology: TopologyKind;
  names: Names;
  autoScaling: AutoScaling;
  ec2: Ec2;
  loadBalancer: LoadBalancer;
  alarms: Alarms;
  database: Database;
  parameters: Parameters;
  nodes: Nodes;
  server: Server;
  images: Images;
  /** Null for who never asks for them, whose code then carries no way to. */
  ownImages: Pick<ImageStore, "facts"> | null;
  firstDeploy: FirstDeployConfig;
  /** How drills are read; null in a pair, which has none. */
  drills: DrillReads | null;
  /** How the volumes of a restore are read; null in a pair, which has none. */
  restores: RestoreReads | null;
  /** How drills of a pair's database are read; null in a single server. */
  databaseDrills: DatabaseDrillReads | null;
  ledger: Pick<Ledger, Memories | "firstDeploy" | "drill" | "drillsSince" | "databaseDrill" | "restore">;
  now: () => Date;
}

type Memories = "openIncidents" | "closedIncidents" | "announced" | "runs" | "attempts" | "lineage" | "leases" | "images" | "slots" | "prunings" | "plans";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Lambda keeps an execution's name for its retention, 14 days: a run is counted until its name is free again. */
const NAMES_MS = 15 * DAY_MS;
/** A plan is approved within hours, and carried out within a few days. */
const PLANS_MS = 7 * DAY_MS;

/**
 * Reads the fleet as AWS, the nodes and the ledger have it. `at` is the time before the first read. Where something is
 * named in `unread`, the value that stands in its place says nothing: no nodes, switch off, a desired state that no node equals.
 */
export function createObserver(config: ObserverConfig): Observer {
  return {
    async facts(look) {
      const at = config.now();
      const reader = createReader();
      const { ownImages: own } = config;
      const desired = reader.attempt("desired state", () => config.parameters.desired(), UNREAD_DESIRED);
      const [fleet, rest, memory, carried, builds, ownImages, drill, databaseDrill, restore, record] = await Promise.all([
        fleetOf(config, reader, { look, at }),
        restOf(config, reader, desired),
        memoryOf(config, reader, at),
        carriedBy(config, reader, desired),
        look.builds ? reader.attempt("builds of the image", () => config.images.builds(), []) : null,
        look.images && own ? reader.attempt("images of the stage", () => own.facts(), null) : null,
        look.drill ? drillOf(config, reader, look) : null,
        look.drill && config.databaseDrills ? readDatabaseDrill({ ...config, reads: config.databaseDrills }, reader, look.probe === "everybody") : null,
        config.restores && readRestore({ reads: config.restores, ledger: config.ledger }, reader),
        reader.attempt("first deploy", () => config.ledger.firstDeploy(), OVER),
      ]);
      const seen = { stage: config.stage, at, ...fleet, ...rest, ...memory, ...carried, builds, ownImages, drill, databaseDrill, restore };
      const firstDeploy = isUnderWay(record, seen) && reader.unread().length === 0 ? await readFirstDeploy(config.firstDeploy, record) : null;
      return { ...seen, firstDeploy, unread: reader.unread() };
    },
  };
}

/** The server on a copy is asked when nodes are. */
const drillOf = async ({ drills: reads, ledger, nodes, now }: ObserverConfig, reader: Reader, { probe }: Look): Promise<FleetFacts["drill"]> =>
  reads && readDrill({ reads, ledger, nodes }, reader, probe === "everybody" ? new Date(now().getTime() + PROBE_MS) : null);

/** From the deploy of an empty group on, until it is on record that the fleet serves. */
const isUnderWay = ({ reached, finishedAt }: FirstDeployRecord, { desired, group, nodes }: Pick<FleetFacts, "desired" | "group" | "nodes">): boolean =>
  finishedAt === null && (Object.keys(reached).length > 0 || (desired === null && group.desired === 0 && nodes.length === 0));

const OVER: FirstDeployRecord = { reached: {}, written: null, databaseAt: null, finishedAt: new Date(0) };

type Desired = Promise<FleetFacts["desired"]>;

/** What a single server carries with it. */
async function carriedBy({ topology, server }: ObserverConfig, { attempt }: Reader, desired: Desired): Promise<Pick<FleetFacts, "dataVolume" | "address">> {
  if (topology === "ha") return { dataVolume: null, address: null };
  const [dataVolume, address] = await Promise.all([
    attempt("data volume", async () => server.dataVolume((await desired)?.dataVolume), null),
    attempt("address", () => server.address(), null),
  ]);
  return { dataVolume, address };
}

/** Group, instances, targets and probes; target groups and ids are known only once the group has been read. */
async function fleetOf(config: ObserverConfig, { attempt }: Reader, { look, at }: { look: Look; at: Date }): Promise<Pick<FleetFacts, "group" | "nodes">> {
  const { autoScaling, ec2, nodes, names, stage, now } = config;
  const [group, activities, tagged] = await Promise.all([
    attempt("group", () => autoScaling.group(), emptyGroup(names.group)),
    attempt("activities", () => autoScaling.activities(), { activities: [], failure: null }),
    attempt("instances", () => ec2.ofStage(stage), []),
  ]);
  const untagged = [...group.instances.keys()].filter((id) => !tagged.some((instance) => instance.instanceId === id));
  const instances = [...tagged, ...(await attempt("instances of the group", () => ec2.byIds(untagged), []))];
  const there = instances.filter((instance) => instance.ec2 !== "terminated").map((instance) => instance.instanceId);
  const asked =
    look.probe === "everybody" || (look.probe === "front" && config.topology === "single")
      ? instances.filter((instance) => instance.ec2 === "running").map((instance) => instance.instanceId)
      : [];
  const [checks, targets, probes] = await Promise.all([
    attempt("status checks", () => ec2.statusChecks(there), new Map()),
    attempt("targets", () => targetsOf(config, group), new Map<string, Target>()),
    nodes.reports(asked, new Date(now().getTime() + PROBE_MS)),
  ]);
  const fronts = config.topology === "single" ? new Map([...probes].map(([id, probe]) => [id, ownFront(probe)])) : targets;
  const { desired, min, max, name, template } = group;
  return {
    group: { name, desired, min, max, template, ...activities },
    nodes: nodesOf({ at, lifecycles: group.instances, instances, checks, targets: fronts, probes }),
  };
}

/** A single server has no balancer before it to ask. */
const targetsOf = async ({ topology, loadBalancer }: ObserverConfig, { targetGroupArns }: GroupView): Promise<Map<string, Target>> =>
  topology === "single" ? new Map() : await loadBalancer.targets(targetGroupArns);

/** Milliseconds that nodes have to answer. */
const PROBE_MS = 20_000;

async function restOf(
  { topology, names, alarms, database, parameters }: ObserverConfig,
  { attempt }: Reader,
  read: Desired,
): Promise<Pick<FleetFacts, "alarms" | "database" | "switch" | "desired">> {
  const [alarmStates, databaseStatus, position, desired] = await Promise.all([
    attempt("alarms", () => alarms.states(names.alarm("")), []),
    topology === "single" ? null : attempt("database", () => database.status(names.database), null),
    attempt("switch", () => parameters.switch(), UNREAD_SWITCH),
    read,
  ]);
  return { alarms: alarmStates, database: databaseStatus, switch: position, desired };
}

type Memory = Pick<
  FleetFacts,
  "incidents" | "closed" | "announced" | "runs" | "attempts" | "lineage" | "leases" | "images" | "slots" | "prunings" | "approvals"
>;

async function memoryOf({ ledger, topology }: ObserverConfig, { attempt }: Reader, at: Date): Promise<Memory> {
  const lastHour = new Date(at.getTime() - HOUR_MS);
  const lastDay = new Date(at.getTime() - DAY_MS);
  const [incidents, closed, announced, runs, attempts, lineage, leases, images, slots, prunings, plans] = await Promise.all([
    attempt("incidents", () => ledger.openIncidents(), []),
    attempt("closed incidents", () => ledger.closedIncidents(lastHour), []),
    attempt("announcements", () => ledger.announced(lastDay), []),
    attempt("runs", () => ledger.runs(new Date(at.getTime() - NAMES_MS)), []),
    attempt("attempts", () => ledger.attempts(lastDay), []),
    attempt("lineage", () => ledger.lineage(), {}),
    attempt("leases", () => ledger.leases(), []),
    attempt("images", () => ledger.images(), []),
    topology === "ha" ? [] : attempt("slots", () => ledger.slots(lastDay), []),
    topology === "ha" ? [] : attempt("prunings", () => ledger.prunings(lastDay), []),
    attempt("plans", () => ledger.plans(new Date(at.getTime() - PLANS_MS)), []),
  ]);
  return {
    incidents,
    closed,
    announced,
    runs,
    attempts,
    lineage,
    leases,
    images,
    slots,
    prunings,
    approvals: plans.map(({ words: _words, ...approval }) => approval),
  };
}

const emptyGroup = (name: string): GroupView => ({ name, desired: 0, min: 0, max: 0, targetGroupArns: [], template: null, instances: new Map() });

const UNREAD_SWITCH: FleetFacts["switch"] = { position: "off", because: "the switch could not be read" };
const UNREAD_DESIRED: FleetFacts["desired"] = {
  desired: 1,
  revision: 1,
  version: "unread",
  configFingerprint: "unread",
  keyFingerprint: "unread",
  document: { bucket: "unread", key: "unread", sha256: "0".repeat(64) },
};
