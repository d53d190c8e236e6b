import type { Bus, Ledger, Observer, Runs } from "@steward/core/apply/ports";
import type { CopyStore } from "@steward/core/copies/ports";
import type { ImageStore } from "@steward/core/image/ports";
import { neededByDrills } from "@steward/core/proof/needed";
import { neededBy } from "@steward/core/restore/restore-record";
import type { Actuators } from "@steward/core/runbooks/steps";
import type { Keeping } from "@steward/core/settings/schema";
import type { SnapshotStore } from "@steward/core/snapshots/ports";
import { arns } from "@steward/core/topology/arns";
import { names } from "@steward/core/topology/names";
import type { Place, TopologyKind } from "@steward/core/topology/topology";
import { createActuators } from "./actuators.ts";
import { createAlarms } from "./alarms.ts";
import { createAutoScaling } from "./auto-scaling.ts";
import { createBus } from "./bus.ts";
import type { Clients } from "./clients.ts";
import { createCopies } from "./copies.ts";
import { createDatabase } from "./database.ts";
import { createDatabaseDrillMeans } from "./database-drill.ts";
import { createDatabaseDrillReads } from "./database-drill-reads.ts";
import { createDeadLetter, type DeadLetter, queueUrl } from "./dead-letter.ts";
import { createDocuments } from "./documents.ts";
import { createDrillMeans } from "./drill.ts";
import { createDrillReads } from "./drill-reads.ts";
import { createEc2 } from "./ec2.ts";
import { type FirstDeployConfig, readDeclared } from "./first-deploy.ts";
import { createHeartbeat, type Heartbeat } from "./heartbeat.ts";
import { createImageReader, createImageStore } from "./image-store.ts";
import { createImages } from "./images.ts";
import { createLaunchTemplates } from "./launch-template.ts";
import { createLedger } from "./ledger.ts";
import { createLoadBalancer } from "./load-balancer.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createNodes } from "./nodes.ts";
import { createObserver } from "./observer.ts";
import { createParameters } from "./parameters.ts";
import { createRestoreMeans } from "./restore.ts";
import { createRestoreReads } from "./restore-reads.ts";
import { createRuns } from "./runs.ts";
import { createServer } from "./server.ts";
import { createSnapshots } from "./snapshots.ts";
import { createTopic, type Topic } from "./topic.ts";
import { createVault } from "./vault.ts";

/** Where one stage is and how to speak to it; names and ARNs follow from stage and place, so nothing is looked up. */
export interface Site<Speaks extends keyof Clients = keyof Clients> {
  clients: Pick<Clients, Speaks>;
  stage: string;
  topology: TopologyKind;
  place: Place;
  now: () => Date;
  /** What the settings say of keeping and pruning; left out, nothing is pruned. */
  keeping?: Keeping;
}

/** Everything of one stage that Steward may use; a `World` and what only single functions need. */
export interface StageWorld {
  observer: Observer;
  ledger: Ledger;
  bus: Bus;
  actuators: Actuators;
  snapshots: SnapshotStore;
  /** Null where the settings copy none. */
  copies: CopyStore | null;
  ownImages: Pick<ImageStore, "facts">;
  runs: Runs;
  topic: Topic;
  deadLetter: DeadLetter;
  heartbeat: Heartbeat;
  metrics: Metrics;
  now: () => Date;
}

const group = ({ clients, stage }: Site<"autoScaling">) => createAutoScaling(clients.autoScaling, names(stage).group);
const nodes = ({ clients, stage, now }: Site<"ssm">) => createNodes({ client: clients.ssm, document: names(stage).document, now });

/** Each part stands alone and says which clients it needs, so that a function carries the parts that it names and no more. */
export const ledger = ({ clients, stage }: Site<"dynamoDb">): Ledger => createLedger(clients.dynamoDb, names(stage).table);
export const heartbeat = ({ clients, stage }: Site<"dynamoDb">): Heartbeat => createHeartbeat(clients.dynamoDb, names(stage).table);
export const metrics = ({ clients, stage }: Site<"cloudWatch">): Metrics => createMetrics(clients.cloudWatch, stage);
export const bus = ({ clients, stage }: Site<"eventBridge">): Bus => createBus(clients.eventBridge, names(stage).bus);
export const topic = ({ clients, stage, place }: Site<"sns">): Topic => createTopic(clients.sns, arns(stage, place).topic("people"));
export const runs = ({ clients, stage, place }: Site<"lambda">): Runs => createRuns(clients.lambda, `${arns(stage, place).function("remediate")}:live`);
export const deadLetter = ({ clients, stage, place }: Site<"sqs">): DeadLetter => createDeadLetter(clients.sqs, queueUrl(names(stage).deadLetter, place));
export const snapshots = (site: Site<"dynamoDb" | "ec2" | "ec2Once">): SnapshotStore => {
  const { clients, stage, keeping, now } = site;
  const needed = async (at: Date) => {
    const { drill, restore } = ledger(site);
    return [...neededByDrills(await drill(), at), ...neededBy((await restore()) ?? null)];
  };
  return createSnapshots(clients.ec2, clients.ec2Once, { stage, archives: Boolean(keeping?.snapshots?.archive), now, needed });
};
export const copies = ({ clients, stage, place, keeping, now }: Site<"ec2There" | "ec2ThereOnce">): CopyStore | null => {
  const copy = keeping?.snapshots?.copy;
  return copy ? createCopies(clients.ec2There, clients.ec2ThereOnce, { stage, from: place.region, kmsKeyArn: copy.kmsKeyArn, now }) : null;
};
export const ownImages = (site: Site<"autoScaling" | "dynamoDb" | "ec2" | "imageBuilder">): Pick<ImageStore, "facts"> =>
  createImageReader({ clients: site.clients, stage: site.stage, images: images(site), ledger: ledger(site), now: site.now });
export const now = (site: Site<never>): (() => Date) => site.now;

const server = ({ clients, stage }: Site<"ec2">) => createServer(clients.ec2, stage, names(stage));
const images = ({ clients, stage, place }: Site<"ec2" | "imageBuilder">) => createImages(clients, arns(stage, place).imagePipeline);
const templates = ({ clients, stage }: Site<"ec2">) => createLaunchTemplates(clients.ec2, { name: names(stage).launchTemplate, stage });
const vault = ({ clients, stage }: Site<"secrets">) => createVault(clients.secrets, names(stage));
const parameters = ({ clients, stage }: Site<"ssm">) => createParameters(clients.ssm, names(stage));

const drills = (site: Site<"ec2" | "ssm">) => {
  const { clients, stage, place } = site;
  return createDrillMeans({ client: clients.ec2, nodes: nodes(site), stage, region: place.region, names: names(stage) });
};

const restores = (site: Site<"ec2" | "s3" | "ssm">) => {
  const { clients, stage } = site;
  const from = { parameters: parameters(site), documents: createDocuments(clients.s3) };
  return createRestoreMeans({ client: clients.ec2, stage, names: names(stage), declared: async () => (await readDeclared(from)).document.dataVolume });
};

const databaseDrills = (site: Site<"ec2" | "rds" | "s3" | "ssm">) =>
  createDatabaseDrillMeans({ ...site, nodes: nodes(site), reads: createDatabaseDrillReads(site.clients.rds, site) });

export const actuators = (
  site: Site<"autoScaling" | "dynamoDb" | "ec2" | "ec2Once" | "ec2There" | "ec2ThereOnce" | "imageBuilder" | "rds" | "s3" | "secrets" | "ssm">,
): Actuators =>
  createActuators({
    stage: site.stage,
    autoScaling: group(site),
    nodes: nodes(site),
    server: server(site),
    images: images(site),
    templates: templates(site),
    documents: createDocuments(site.clients.s3),
    vault: vault(site),
    parameters: parameters(site),
    snapshots: snapshots(site),
    copies: copies(site),
    drills: drills(site),
    restores: restores(site),
    databaseDrills: databaseDrills(site),
    ownImages: createImageStore(site.clients.ec2, { reader: ownImages(site), snapshots: snapshots(site) }),
    keeping: site.keeping,
    ledger: ledger(site),
    names: names(site.stage),
    now: site.now,
  });

/** Clients with which the fleet is observed. */
type Observing = "autoScaling" | "cloudWatch" | "dynamoDb" | "ec2" | "imageBuilder" | "loadBalancing" | "rds" | "s3" | "secrets" | "ssm";

const firstDeploy = (site: Site<"ec2" | "rds" | "s3" | "secrets" | "ssm">): FirstDeployConfig => ({
  parameters: parameters(site),
  documents: createDocuments(site.clients.s3),
  vault: vault(site),
  templates: templates(site),
  endpoint: site.topology === "ha" ? () => createDatabase(site.clients.rds).endpoint(names(site.stage).database) : null,
});

const observerWith = (site: Site<Observing>, own: Pick<ImageStore, "facts"> | null): Observer =>
  createObserver({
    stage: site.stage,
    topology: site.topology,
    names: names(site.stage),
    autoScaling: group(site),
    nodes: nodes(site),
    ledger: ledger(site),
    server: server(site),
    images: images(site),
    ownImages: own,
    firstDeploy: firstDeploy(site),
    drills: site.topology === "single" ? createDrillReads(site.clients.ec2, site.stage) : null,
    restores: site.topology === "single" ? createRestoreReads(site.clients.ec2) : null,
    databaseDrills: site.topology === "ha" ? createDatabaseDrillReads(site.clients.rds, site) : null,
    ec2: createEc2(site.clients.ec2),
    loadBalancer: createLoadBalancer(site.clients.loadBalancing),
    alarms: createAlarms(site.clients.cloudWatch),
    database: createDatabase(site.clients.rds),
    parameters: parameters(site),
    now: site.now,
  });

/** Sees all but the images of the stage. */
export const observer = (site: Site<Observing>): Observer => observerWith(site, null);
/** Sees the images of the stage too, if asked. */
export const observerOfImages = (site: Site<Observing>): Observer => observerWith(site, ownImages(site));

/** Makers of named parts, each content with the clients that are there. */
export type Parts<Speaks extends keyof Clients, Uses extends keyof StageWorld> = { [K in Uses]: (site: Site<NoInfer<Speaks>>) => StageWorld[K] };

export const everyPart = {
  observer: observerOfImages,
  ledger,
  bus,
  actuators,
  snapshots,
  copies,
  ownImages,
  runs,
  topic,
  deadLetter,
  heartbeat,
  metrics,
  now,
} satisfies Parts<keyof Clients, keyof StageWorld>;

/** Puts the named parts of one stage together. */
export function createWorldOf<Speaks extends keyof Clients, Uses extends keyof StageWorld>(
  parts: Parts<Speaks, Uses>,
  site: Site<Speaks>,
): Pick<StageWorld, Uses> {
  const made = Object.entries<(site: Site<Speaks>) => unknown>(parts).map(([name, part]) => [name, part(site)]);
  return Object.fromEntries(made) as Pick<StageWorld, Uses>;
}

/** Puts all parts of one stage together. */
export const createWorld = (site: Site): StageWorld => createWorldOf(everyPart, site);
