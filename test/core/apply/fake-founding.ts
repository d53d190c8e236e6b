import type { FirstDeployFacts } from "@steward/core/first-deploy/facts";
import type { ImageBuild } from "@steward/core/image/ledger";
import type { StepContext, StepOf } from "@steward/core/runbooks/steps";
import { desired, FIRST, node, reports, SECOND, THIRD } from "../builders.ts";
import type { Makes } from "./fake-actuators.ts";
import { become, receiptsOf, runOnNode } from "./fake-machines.ts";
import type { Ground } from "./fake-world.ts";

const ofServer = ["attach-volume", "settle-volume", "move-address"] as const;
const ofFirstDeploy = [
  "build-image",
  "make-volume",
  "write-document",
  "write-template",
  "size-group",
  "init-database",
  "remember-database",
  "commit-desired",
] as const;

/** What only a first deploy changes, and what a server carries with it. */
export const onFounding = (ground: Ground): Pick<Makes, (typeof ofServer)[number] | (typeof ofFirstDeploy)[number]> => ({
  ...onServer(ground),
  ...onPapers(ground),
  ...onFirstNode(ground),
});

/** EC2 refuses a volume, or an address, that another instance has. */
function onServer({ state, later }: Ground): Pick<Makes, (typeof ofServer)[number] | "make-volume"> {
  const volume = () => state.dataVolume ?? { id: "vol-0", state: "lost", attachedTo: null, isNew: false };
  return {
    "attach-volume": [
      () => volume().state === "available",
      ({ instanceId }) => {
        state.dataVolume = { ...volume(), state: "attaching", attachedTo: instanceId };
        later(5, () => void Object.assign(state, { dataVolume: { ...volume(), state: "in-use" } }));
      },
    ],
    "settle-volume": [() => volume().isNew, () => void Object.assign(state, { dataVolume: { ...volume(), isNew: false } })],
    "move-address": [
      () => state.address?.instanceId === null,
      ({ allocationId, instanceId }) => void Object.assign(state, { address: { allocationId, instanceId } }),
    ],
    "make-volume": [
      () => state.dataVolume === null,
      () => {
        state.dataVolume = { id: "vol-0123456789abcdef0", state: "creating", attachedTo: null, isNew: true };
        later(10, () => void Object.assign(state, { dataVolume: { ...volume(), state: "available" } }));
      },
    ],
  };
}

/** What a first deploy needs to know in this world; without one nothing of it is asked for. */
function founded({ state }: Ground): FirstDeployFacts {
  if (!state.firstDeploy) throw new Error("no first deploy is under way here");
  return state.firstDeploy;
}

type Papers = "build-image" | "write-document" | "write-template" | "remember-database" | "commit-desired";

function onPapers(ground: Ground): Pick<Makes, Papers> {
  const { state } = ground;
  const record = () => founded(ground).record;
  return {
    "build-image": [() => true, () => build(ground)],
    "write-document": [
      ({ sha256, keyFingerprint }) =>
        [record().written?.state.document.sha256, record().written?.state.keyFingerprint].join() !== [sha256, keyFingerprint].join(),
      ({ declared, sha256, keyFingerprint }) => {
        const document = { ...desired.document, key: `effective/${sha256}.json`, sha256 };
        Object.assign(record(), { written: { declared: declared.sha256, state: { ...desired, revision: 1, keyFingerprint, document } } });
      },
    ],
    "write-template": [
      ({ imageId, baseVersion: base }) => [founded(ground).template?.imageId, founded(ground).template?.base].join() !== [imageId, base].join(),
      ({ imageId, baseVersion: base }) =>
        void Object.assign(founded(ground), { template: { version: (founded(ground).template?.version ?? 0) + 1, imageId, base } }),
    ],
    "remember-database": [() => record().databaseAt === null, () => void Object.assign(record(), { databaseAt: ground.now() })],
    "commit-desired": [({ state: next }) => (state.desired?.revision ?? 0) === next.revision - 1, (step) => void Object.assign(state, { desired: step.state })],
  };
}

/** An hour with its tests; the image has what is declared then. */
function build(ground: Ground): void {
  const { state } = ground;
  const document = founded(ground).declared?.document;
  if (!document) throw new Error("nothing is declared here");
  const { version, ubuntu, rVersions, pythonVersions } = document;
  const number = (state.builds?.length ?? 0) + 1;
  const begun: ImageBuild = {
    arn: `arn:${number}`,
    state: "under-way",
    status: "BUILDING",
    reason: null,
    startedAt: ground.now(),
    imageId: null,
    versions: null,
  };
  const versions = { packageManager: version, ubuntu, r: rVersions.join(" "), python: pythonVersions.join(" ") };
  const there: ImageBuild = { ...begun, state: "available", status: "AVAILABLE", imageId: `ami-${number}`, versions };
  state.builds = [begun, ...(state.builds ?? [])];
  ground.later(3_600, () => void Object.assign(state, { builds: (state.builds ?? []).map((known) => (known === begun ? there : known)) }));
}

function onFirstNode(ground: Ground): Pick<Makes, "size-group" | "init-database"> {
  const { state } = ground;
  return {
    "size-group": [
      ({ min, max, desired: wanted, template }) =>
        [state.group.min, state.group.max, state.group.desired].join() !== [min, max, wanted].join() ||
        (template !== null && state.group.template?.version !== String(template)),
      (step) => sizeGroup(ground, step),
    ],
    "init-database": [
      ({ instanceId }, { key }: StepContext) => !receiptsOf(ground, instanceId).some((receipt) => receipt.key === key),
      ({ instanceId }, context) => runOnNode(ground, { instanceId, seconds: 30, outcome: "done", afterwards: {} }, context),
    ],
  };
}

function sizeGroup(ground: Ground, { min, max, desired: wanted, template }: StepOf<"size-group">): void {
  const { group, nodes } = ground.state;
  Object.assign(group, { min, max, desired: wanted, ...(template !== null && { template: { name: "steward-demo-node", version: String(template) } }) });
  const missing = wanted - nodes.filter(({ lifecycle }) => /^(Pending|InService)/.test(lifecycle ?? "")).length;
  const free = [FIRST, SECOND, THIRD].filter((id) => !nodes.some(({ instanceId }) => instanceId === id));
  for (const instanceId of free.slice(0, Math.max(0, missing))) launch(ground, instanceId);
}

/** A minute until the launch hook holds it, half a minute more until it reports: nothing is configured on it yet. */
function launch(ground: Ground, instanceId: string): void {
  const booting = { kind: "unknown", because: "it boots" } as const;
  const imageId = ground.state.firstDeploy?.template?.imageId ?? "";
  ground.state.nodes.push(node({ instanceId, imageId, launchedAt: ground.now(), ec2: "pending", lifecycle: "Pending", target: null, probe: booting }));
  ground.later(60, () => become(ground, instanceId, { ec2: "running", lifecycle: "Pending:Wait" }));
  ground.later(90, () => become(ground, instanceId, { probe: reports({ instanceId, configFingerprint: null, ping: { kind: "refused" } }) }));
}
