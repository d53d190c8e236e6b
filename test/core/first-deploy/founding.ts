import { DeclaredDocument, DocumentPointer, pointerTo } from "@steward/core/desired/documents";
import { effectiveDocument } from "@steward/core/desired/in-effect";
import type { FirstDeployFacts, StageId } from "@steward/core/first-deploy/facts";
import { stagesOf } from "@steward/core/first-deploy/progress";
import type { Founding } from "@steward/core/first-deploy/stages";
import { type Policy, policyOf } from "@steward/core/fleet/policy";
import type { ImageBuild, ImageRecord } from "@steward/core/image/ledger";
import { names } from "@steward/core/topology/names";
import type { TopologyKind } from "@steward/core/topology/topology";
import { haTopology, singleTopology } from "../../settings.ts";
import { ago, DATABASE, desired, FIRST, healthyFleet, NOW, node, reports, SECOND } from "../builders.ts";

export const VOLUME = "vol-0123456789abcdef0";
export const ADDRESS = "eipalloc-0123456789abcdef0";
export const AMI = "ami-0123456789abcdef0";
/** The key's own fingerprint, as it is in the desired state of these tests. */
export const KEY = desired.keyFingerprint;
export const ENDPOINT = { host: "demo.abc123.us-east-1.rds.amazonaws.com", masterSecret: "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1" };

export const KINDS: readonly TopologyKind[] = ["ha", "single"];
const TOPOLOGIES = { ha: haTopology(), single: singleTopology() };

type Declared = NonNullable<FirstDeployFacts["declared"]>;

/** What a deploy of the demo stage really declares. */
export function declaredOf(kind: TopologyKind): Declared {
  const { objects, parameters } = TOPOLOGIES[kind];
  const pointer = parameters.find(({ name }) => name === names("demo").declared)?.value ?? "";
  return { pointer: DocumentPointer.parse(JSON.parse(pointer)), document: DeclaredDocument.parse(JSON.parse(objects[0]?.content ?? "")) };
}

const { version, ubuntu, rVersions, pythonVersions } = declaredOf("ha").document;
/** Both topologies declare the same of the image. */
export const VERSIONS = { packageManager: version, ubuntu, r: rVersions.join(" "), python: pythonVersions.join(" ") };

/** Tested an hour ago, and what is declared. */
export const image = (but: Partial<ImageRecord> = {}): ImageRecord => ({
  imageId: AMI,
  build: "arn:1",
  builtAt: ago({ hours: 1 }),
  versions: VERSIONS,
  standing: "candidate",
  ...but,
});

/** A build under way since an hour. */
export const build = (but: Partial<ImageBuild> = {}): ImageBuild => ({
  arn: "arn:1",
  state: "under-way",
  status: "TESTING",
  reason: null,
  startedAt: ago({ hours: 1 }),
  imageId: null,
  versions: null,
  ...but,
});

/** An account into which the demo stage has just been deployed: nothing is built, filled or launched. */
export function emptyAccount(kind: TopologyKind, but: Partial<Founding> = {}): Founding {
  const firstDeploy: FirstDeployFacts = {
    record: { reached: {}, written: null, databaseAt: null, finishedAt: null },
    declared: declaredOf(kind),
    filled: [],
    key: { fingerprint: null, offlineCopy: null },
    endpoint: null,
    baseVersion: 1,
    template: null,
    unread: [],
  };
  const { initial } = TOPOLOGIES[kind].group;
  return {
    ...healthyFleet(),
    group: { ...healthyFleet().group, ...initial, template: { name: "steward-demo-base", version: "1" } },
    nodes: [],
    database: kind === "ha" ? { id: DATABASE, status: "creating" } : null,
    address: kind === "single" ? { allocationId: ADDRESS, instanceId: null } : null,
    desired: null,
    builds: [],
    firstDeploy,
    ...but,
  };
}

/** The facts with something else of what only a first deploy knows. */
export const knowing = (facts: Founding, but: Partial<FirstDeployFacts>): Founding => ({ ...facts, firstDeploy: { ...facts.firstDeploy, ...but } });

/** The facts with something else on the record of the first deploy. */
export const noted = (facts: Founding, but: Partial<FirstDeployFacts["record"]>): Founding =>
  knowing(facts, { record: { ...facts.firstDeploy.record, ...but } });

/** A node as it comes from the image: it reports, and is not configured. */
export const held = node({ lifecycle: "Pending:Wait", target: null, probe: reports({ configFingerprint: null, ping: { kind: "refused" } }) });

/** The desired state that is written down for what was declared and is in service. */
export function writtenIn(facts: Founding): NonNullable<FirstDeployFacts["record"]["written"]> {
  const { pointer, document } = declaredIn(facts);
  const { endpoint } = facts.firstDeploy;
  const database = endpoint && { ...endpoint, login: "database-login-a" as const };
  const effective = JSON.stringify(effectiveDocument(document, { dataVolume: facts.dataVolume?.id ?? null, database }));
  return { declared: pointer.sha256, state: { ...desired, revision: 1, document: pointerTo(pointer.bucket, "effective", effective) } };
}

const declaredIn = ({ firstDeploy: { declared } }: Founding): Declared => declared ?? declaredOf("ha");

/** What the world looks like once a stage is over. */
const OVER: Record<StageId, (facts: Founding) => Founding> = {
  image: (facts) => ({ ...facts, images: [image()] }),
  secrets: (facts) => knowing(facts, { filled: declaredIn(facts).document.secrets, key: { fingerprint: KEY, offlineCopy: KEY } }),
  database: (facts) => knowing({ ...facts, database: { id: DATABASE, status: "available" } }, { endpoint: ENDPOINT }),
  "data-volume": (facts) => ({ ...facts, dataVolume: { id: VOLUME, state: "available", attachedTo: null, isNew: true } }),
  document: (facts) => noted(facts, { written: writtenIn(facts) }),
  template: (facts) => knowing(facts, { template: { version: 1, imageId: AMI, base: 1 } }),
  "first-node": (facts) => ({ ...facts, group: { ...facts.group, desired: 1, template: { name: "steward-demo-node", version: "1" } }, nodes: [held] }),
  "init-database": (facts) => noted(facts, { databaseAt: NOW }),
  "desired-state": (facts) => ({ ...facts, desired: facts.firstDeploy.record.written?.state ?? null }),
  "first-serving": (facts) => ({ ...facts, nodes: [node({ instanceId: FIRST })] }),
  fleet: (facts) => {
    const { serving } = declaredIn(facts).document;
    return { ...facts, group: { ...facts.group, ...serving }, nodes: [FIRST, SECOND].slice(0, serving.desired).map((instanceId) => node({ instanceId })) };
  },
};

export const policyFor = (kind: TopologyKind): Policy => policyOf(kind);
export const stageIds = (kind: TopologyKind): StageId[] => stagesOf(policyOf(kind)).map(({ id }) => id);

/** The facts at the moment at which all stages before this one are over; without one, at the end. */
export function before(kind: TopologyKind, id?: StageId): Founding {
  const all = stageIds(kind);
  const earlier = id === undefined ? all : all.slice(0, all.indexOf(id));
  return earlier.reduce((facts, stage) => OVER[stage](facts), emptyAccount(kind));
}
