import { createActuators } from "@steward/aws/actuators";
import type { AutoScaling } from "@steward/aws/auto-scaling";
import type { Documents } from "@steward/aws/documents";
import type { Images } from "@steward/aws/images";
import type { LaunchTemplates } from "@steward/aws/launch-template";
import type { Nodes } from "@steward/aws/nodes";
import type { Parameters } from "@steward/aws/parameters";
import type { Server } from "@steward/aws/server";
import type { CopyStore } from "@steward/core/copies/ports";
import { Permanent, Retryable } from "@steward/core/errors";
import type { FirstDeployNote } from "@steward/core/first-deploy/facts";
import type { Snapshot } from "@steward/core/retention/snapshot";
import type { Change, Step, StepContext } from "@steward/core/runbooks/steps";
import { type Keeping, SingleSettings } from "@steward/core/settings/schema";
import type { SnapshotStore } from "@steward/core/snapshots/ports";
import { CHANGE_GRANTS } from "@steward/core/topology/grants";
import { names } from "@steward/core/topology/names";
import { expect, test } from "vitest";
import { desired } from "../core/builders.ts";
import { declaredOf } from "../core/first-deploy/founding.ts";
import { image, facts as imageFacts, snapshot as imageSnapshot, SERVING } from "../core/image/images.ts";

const NOW = new Date("2026-01-05T09:00:00.000Z");
const context: StepContext = { key: "run/1", epoch: 3, notAfter: new Date(NOW.getTime() + 60_000) };
const instanceId = "i-0123456789abcdef0";
const volumeId = "vol-0123456789abcdef0";
const SALT = "5a17".repeat(16);
/** At most 36 characters of the plainest kind, which every service takes. */
const TOKEN = expect.stringMatching(/^[0-9a-f]{1,36}$/);
const declared = declaredOf("single");
const volume = declared.document.dataVolume ?? expect.fail("a single server has one");
const writeDocument: Step = {
  do: "write-document",
  declared: declared.pointer,
  dataVolume: volumeId,
  database: null,
  keyFingerprint: "5eed",
  sha256: "0".repeat(64),
  because: "a test",
};

const takeSnapshots: Step = {
  do: "take-snapshots",
  slot: new Date("2026-01-05T00:00:00.000Z"),
  schedules: ["daily"],
  volumeId,
  instanceId,
  dueAt: null,
  unfrozen: "take",
  policy: "0123456789ab",
  because: "a test",
};
const pruneSnapshots: Step = { do: "prune-snapshots", asOf: NOW, confirmed: null, because: "a test" };
const lockSnapshots: Step = { do: "lock-snapshots", because: "a test" };
const copySnapshots: Step = { do: "copy-snapshots", because: "a test" };
const pruneCopies: Step = { do: "prune-copies", asOf: NOW, confirmed: null, because: "a test" };
const former = { createdAt: new Date("2025-01-05T00:00:00.000Z"), lastLaunchedAt: null };
const old = image({ ...former, imageId: "ami-old" });
const left = ["2025-01-05T00:00:00.000Z", undefined].map((since, index) =>
  imageSnapshot({ id: `snap-left-${index}`, startedAt: new Date("2025-01-05T00:00:00.000Z"), tags: since ? { "steward:left-at": since } : {} }),
);
const clearLeft: Step = { do: "clear-left-snapshots", snapshotIds: left.map(({ id }) => id), because: "a test" };
/** One image that nothing keeps beside the one in service. */
const stale = imageFacts(old, { images: [old, { ...SERVING, createdAt: new Date("2025-06-05T00:00:00.000Z"), lastLaunchedAt: null }], snapshots: left });
const ofImage = { imageId: "ami-old", because: "a test" };
const deregisterImage: Step = { do: "deregister-image", ...ofImage, snapshotIds: old.snapshotIds };
const disableImage: Step = { do: "disable-image", ...ofImage };
const keeping: Keeping = SingleSettings.pick({ snapshots: true, images: true }).parse({ images: { keep: 1 } });

function recorded(given: { keeping?: Keeping | null; copies?: CopyStore; dataVolume?: Awaited<ReturnType<Server["dataVolume"]>> } = {}) {
  const calls: unknown[][] = [];
  const verb =
    <T = void>(name: string, answer?: T) =>
    (...given: unknown[]) => {
      calls.push([name, ...given]);
      return Promise.resolve(answer as T);
    };
  const autoScaling = {
    enterStandby: verb("enterStandby"),
    setDesiredCapacity: verb("setDesiredCapacity"),
    completeLifecycle: verb("completeLifecycle"),
    resize: verb("resize"),
    terminate: verb("terminate"),
  };
  const server = {
    attachVolume: verb("attachVolume"),
    settleVolume: verb("settleVolume"),
    moveAddress: verb("moveAddress"),
    makeVolume: verb("makeVolume"),
    dataVolume: () => Promise.resolve(given.dataVolume ?? null),
  };
  const facts = { stage: "demo", at: NOW, volumeId: null, volumes: [], snapshots: [], images: [], templates: [], needed: [] };
  const snapshots: SnapshotStore = {
    facts: verb("facts", facts),
    again: verb("again", []),
    ofSlot: verb("ofSlot", []),
    create: verb("create", ["snap-1"]),
    mark: verb("mark"),
    delete: verb("delete", { kind: "deleted" as const }),
    archive: verb("archive", { kind: "archiving" as const }),
    lock: verb("lock"),
  };
  const actuators = createActuators({
    stage: "demo",
    snapshots,
    keeping: given.keeping === null ? undefined : (given.keeping ?? keeping),
    ownImages: {
      facts: verb("imageFacts", stale),
      disable: verb("disable"),
      mark: verb("markImage"),
      deregister: verb("deregister", []),
      deleteSnapshots: verb("deleteSnapshots", []),
    },
    copies: given.copies ?? null,
    drills: {
      makeCopy: verb("makeCopy", "vol-1"),
      launch: verb("launch", "i-1"),
      attach: verb("attach"),
      ask: verb("ask", "command-1"),
      count: verb("count", "count-1"),
      remove: verb("remove"),
      mark: verb("markProof"),
    },
    restores: { makeVolume: verb("makeVolume", "vol-1"), mark: verb("markVolumes"), release: verb("release") },
    databaseDrills: {
      snapshots: verb("databaseSnapshots", { databaseId: "steward-demo", snapshots: [], latestRestorableAt: null }),
      restore: verb("restore", "copy"),
      ask: verb("askDatabase", "command-1"),
      keep: verb("keep", "kept"),
      remove: verb("removeDatabase"),
      mark: verb("markDatabase"),
      bucketSettings: verb("bucketSettings", { versioning: "Enabled", expiry: [] }),
      bucketPage: verb("bucketPage", { entries: [], next: null }),
    },
    autoScaling: autoScaling as unknown as AutoScaling,
    nodes: { command: verb("command"), quiesce: verb("quiesce", { frozen: true as const }), thaw: verb("thaw", { held: true as const }) } as unknown as Nodes,
    server: server as unknown as Server,
    images: { build: verb("build") } as unknown as Images,
    templates: { write: verb("write") } as unknown as LaunchTemplates,
    documents: {
      read: (pointer) => verb("readDocument")(pointer).then(() => JSON.stringify(declared.document)),
      write: verb("writeDocument") as Documents["write"],
    },
    vault: { read: (id) => verb("readSecret")(id).then(() => SALT) },
    parameters: { commit: verb("commit"), desired: async () => null } as unknown as Parameters,
    ledger: {
      rememberLineage: verb("rememberLineage") as (a: string, b: string) => Promise<void>,
      noteFirstDeploy: verb("noteFirstDeploy") as (note: FirstDeployNote) => Promise<void>,
      slot: verb("slot", undefined),
      putSlot: verb("putSlot", true),
      pruning: verb("pruning", undefined),
      putPruning: verb("putPruning"),
      noteImage: verb("noteImage"),
      copies: verb("copies", []),
      putCopy: verb("putCopy", true),
      drill: verb("drill", undefined),
      putDrill: verb("putDrill", true),
      restore: verb("restore", undefined),
      putRestore: verb("putRestore", true),
      databaseDrill: verb("databaseDrill", undefined),
      putDatabaseDrill: verb("putDatabaseDrill", true),
    },
    names: names("demo"),
    now: () => NOW,
  });
  const act = (step: Step, given = context) => (actuators[step.do] as (step: Step, context: StepContext) => Promise<void>)(step, given);
  return { calls, act, actuators };
}

const because = "a test";
const table: [Step, unknown[]][] = [
  [{ do: "restart-service", instanceId, because }, ["command", [instanceId], "restart", context]],
  [{ do: "converge", instanceId, because }, ["command", [instanceId], "converge", context]],
  [{ do: "drain", instanceId, because }, ["command", [instanceId], "drain", context]],
  [{ do: "isolate", instanceId, keepDesired: true, because }, ["enterStandby", expect.objectContaining({ instanceId, keepDesired: true })]],
  [{ do: "set-desired-capacity", desired: 3, because }, ["setDesiredCapacity", 3]],
  [{ do: "remember-lineage", instanceId, ancestor: "i-0fedcba9876543210", because }, ["rememberLineage", instanceId, "i-0fedcba9876543210"]],
  [
    { do: "complete-lifecycle", instanceId, hook: "h", result: "ABANDON", because },
    ["completeLifecycle", expect.objectContaining({ instanceId, hook: "h", result: "ABANDON" })],
  ],
  [{ do: "retire", instanceId, because }, ["terminate", instanceId]],
  [{ do: "end-server", instanceId, because }, ["terminate", instanceId]],
  [{ do: "mark-volumes", id: "r", volumeId, kept: [], because }, ["markVolumes", expect.objectContaining({ id: "r", volumeId, kept: [] })]],
  [{ do: "attach-volume", volumeId, instanceId, because }, ["attachVolume", volumeId, instanceId]],
  [{ do: "settle-volume", volumeId, because }, ["settleVolume", volumeId]],
  [{ do: "move-address", allocationId: "eipalloc-1", instanceId, because }, ["moveAddress", "eipalloc-1", instanceId]],
  [{ do: "build-image", attempt: 1, because }, ["build", TOKEN]],
  [{ do: "make-volume", volume, because }, ["makeVolume", volume, TOKEN]],
  [
    { do: "write-template", base: "steward-demo-base", baseVersion: 3, imageId: "ami-1", because },
    ["write", { base: "steward-demo-base", baseVersion: 3, imageId: "ami-1", token: TOKEN }],
  ],
  [
    { do: "size-group", min: 0, max: 3, desired: 1, template: 7, because },
    ["resize", expect.objectContaining({ min: 0, max: 3, desired: 1, template: { name: "steward-demo-node", version: 7 } })],
  ],
  [
    { do: "init-database", instanceId, document: desired.document, because },
    ["command", [instanceId], "init-database", { ...context, document: desired.document }],
  ],
  [{ do: "remember-database", because }, ["noteFirstDeploy", { what: "database", at: NOW }]],
  [{ do: "commit-desired", state: desired, because }, ["commit", desired]],
  [{ do: "attach-copy", copyId: "vol-0c", instanceId, because }, ["attach", "vol-0c", instanceId]],
  [
    { do: "converge-copy", instanceId, document: desired.document, start: true, because },
    ["command", [instanceId], "converge", { ...context, document: desired.document, start: true }],
  ],
  [{ do: "remove-database-drill", copyIds: ["copy"], keptIds: ["kept"], because }, ["removeDatabase", ["copy"], ["kept"]]],
  [{ do: "remove-drill", instanceIds: [instanceId], volumeIds: ["vol-0c"], because }, ["remove", [instanceId], ["vol-0c"]]],
];
const ofDrill: Step[] = [
  { do: "make-copy", id: "d", snapshotId: "snap-1", because },
  { do: "write-drill-document", id: "d", copyId: "vol-0c", of: desired, because },
  { do: "launch-prover", id: "d", copyId: "vol-0c", template: { name: "t", version: "1" }, because },
  { do: "note-drill", id: "d", note: { endedAt: NOW }, because },
  { do: "ask-proof", id: "d", instanceId, number: 1, because },
  { do: "ask-count", id: "d", instanceId, number: 1, because },
  { do: "mark-proof", id: "d", snapshotId: "snap-1", because },
  { do: "conclude-drill", id: "d", verdict: { state: "failed", because, verdicts: [] }, because },
];
const ofDatabaseDrill: Step[] = [
  { do: "restore-database", id: "d", snapshotId: "snap-1", instanceClass: "c", because },
  { do: "check-bucket", id: "d", because },
  { do: "ask-database-proof", id: "d", instanceId, copy: { host: "h", port: 1 }, number: 1, because },
  { do: "conclude-database-drill", id: "d", servedAt: null, verdict: { state: "failed", because, verdicts: [] }, because },
  { do: "keep-proven", id: "d", snapshotId: "snap-1", because },
  { do: "end-database-drill", id: "d", endedAt: NOW, because },
];
const beginDatabaseDrill: Step = { do: "begin-database-drill", id: "d", snapshotId: null, because };
const beginDrill: Step = { do: "begin-drill", id: "d", snapshotId: null, volumeId, because };
const ofRestore: Step[] = [
  { do: "make-restore-volume", id: "r", snapshotId: "snap-1", like: null, because },
  { do: "write-restore-document", id: "r", volumeId, of: desired, because },
  { do: "note-restored", id: "r", restoredAt: NOW, because },
  { do: "confirm-restore", id: "r", kept: [], because },
];
const beginRestore: Step = { do: "begin-restore", id: "r", plan: "p", from: { kind: "volume", volumeId }, formerId: null, after: 0, because };
const late: Step[] = [
  ...table.map(([step]) => step),
  writeDocument,
  takeSnapshots,
  pruneSnapshots,
  lockSnapshots,
  copySnapshots,
  pruneCopies,
  disableImage,
  deregisterImage,
  clearLeft,
  ...ofDrill,
  beginDrill,
  ...ofRestore,
  beginRestore,
  ...ofDatabaseDrill,
  beginDatabaseDrill,
];

test.each(table)("$do becomes one verb of one adapter", async (step, call) => {
  const { calls, act } = recorded();
  await act(step);
  expect(calls).toEqual([call]);
});

test.each(ofDrill)("$do looks at the drill first, and does nothing for one that is not there", async (step) => {
  const { calls, act } = recorded();
  await act(step);
  expect(calls).toEqual([["drill"]]);
});

test.each(ofRestore)("$do looks at the restore first, and does nothing for one that is not there", async (step) => {
  const { calls, act } = recorded();
  await act(step);
  expect(calls).toEqual([["restore"]]);
});

test("begin-restore puts the restore on the ledger", async () => {
  const { calls, act } = recorded();
  await act(beginRestore);
  expect(calls).toEqual([["restore"], ["putRestore", expect.objectContaining({ id: "r", volumeId, state: "under-way", startedAt: NOW })]]);
});

test.each(ofDatabaseDrill)("$do looks at the drill first, and does nothing for one that is not there", async (step) => {
  const { act, calls } = recorded();
  await act(step);
  expect(calls).toEqual([["databaseDrill"]]);
});

test("begin-database-drill looks at the snapshots of the database, and begins nothing without one", async () => {
  const { act, calls } = recorded();
  await expect(act(beginDatabaseDrill)).rejects.toThrow("nothing to prove");
  expect(calls).toEqual([["databaseDrill"], ["databaseSnapshots"]]);
});

test("begin-drill looks at the snapshots of the volume, and begins nothing without one", async () => {
  const { calls, act } = recorded();
  await expect(act(beginDrill)).rejects.toThrow("nothing to prove");
  expect(calls).toEqual([["drill"], ["facts", volumeId]]);
});

test("a node is told of the one volume on which it may make a file system", async () => {
  const { calls, act } = recorded();
  await act({ do: "converge", instanceId, format: volumeId, because });
  expect(calls).toEqual([["command", [instanceId], "converge", { ...context, format: volumeId }]]);
});

test("a group whose template stays is only sized", async () => {
  const { calls, act } = recorded();
  await act({ do: "size-group", min: 1, max: 3, desired: 2, template: null, because });
  expect(calls).toEqual([["resize", expect.objectContaining({ template: null })]]);
});

test("builds, templates and volumes are made once for each step of a run, however often it is repeated", async () => {
  const tokens = async (step: Step) => {
    const { calls, act } = recorded();
    for (const key of ["run/1", "run/1", "run/2"]) await act(step, { ...context, key });
    return new Set(calls.map((call) => JSON.stringify(call))).size;
  };
  expect(await tokens({ do: "build-image", attempt: 1, because })).toBe(2);
  expect(await tokens({ do: "write-template", base: "b", baseVersion: 3, imageId: "ami-1", because })).toBe(2);
  expect(await tokens({ do: "make-volume", volume, because })).toBe(2);
});

test("write-document reads what was declared and the salt, writes the document, then notes it", async () => {
  const { calls, act } = recorded();
  await act(writeDocument);
  expect(calls.map(([name]) => name)).toEqual(["readDocument", "readSecret", "writeDocument", "noteFirstDeploy"]);
});

test("take-snapshots asks EC2 between a freeze and a thaw of the server, by the tags of the stage", async () => {
  const { calls, act } = recorded();
  await act(takeSnapshots);
  const told = calls.map(([name]) => name).filter((name) => name !== "slot" && name !== "putSlot");
  expect(told).toEqual(["quiesce", "create", "thaw", "mark"]);
  expect(calls.find(([name]) => name === "create")?.[1]).toMatchObject({ instanceId, volumeId, tags: { "steward:stage": "demo" } });
  expect(calls.at(-2)).toEqual(["mark", ["snap-1"], "application"]);
  expect(calls.at(-1)).toMatchObject(["putSlot", { state: "made" }]);
});

test.each([
  [{ id: volumeId, state: "in-use", attachedTo: instanceId, isNew: false }, volumeId],
  [null, null],
])("prune-snapshots goes by the data volume that is there now (%o)", async (dataVolume, volume) => {
  const { calls, act } = recorded({ dataVolume });
  await act(pruneSnapshots);
  expect(calls).toContainEqual(["facts", volume]);
  expect(calls.at(-1)).toMatchObject(["putPruning", { key: context.key, status: "done", due: 0 }]);
});

test("lock-snapshots looks at the snapshots of the data volume that is there now", async () => {
  const { calls, act } = recorded({ dataVolume: { id: volumeId, state: "in-use", attachedTo: instanceId, isNew: false } });
  await act(lockSnapshots);
  expect(calls).toEqual([["facts", volumeId]]);
});

const copiesWith = (calls: unknown[]): CopyStore => ({
  facts: (volumeId) => {
    calls.push(["factsThere", volumeId]);
    return Promise.resolve({ stage: "demo", at: NOW, volumeId: null, volumes: [], snapshots: [due], images: [], templates: [], needed: [] });
  },
  again: () => Promise.resolve([due]),
  copy: () => Promise.resolve("lost" as const),
  delete: (id) => {
    calls.push(["deleteThere", id]);
    return Promise.resolve({ kind: "deleted" as const });
  },
});
const due: Snapshot = {
  id: "snap-there",
  volumeId: "vol-ffffffff",
  state: "error",
  stateMessage: null,
  startedAt: new Date("2020-01-05T00:00:00.000Z"),
  sizeGib: 500,
  tier: "standard",
  lock: null,
  tags: {
    "steward:stage": "demo",
    "steward:volume": "data",
    "steward:slot": "2020-01-05T00:00:00.000Z",
    "steward:schedules": "daily",
    "steward:copy-of": "snap-1",
  },
};
const copyingAs = SingleSettings.pick({ snapshots: true, images: true }).parse({
  snapshots: {
    pruning: { atMostPercent: 100 },
    copy: {
      region: "eu-west-1",
      kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
      keep: { count: 1 },
      schedules: ["daily"],
    },
  },
});

test("copy-snapshots looks at both regions", async () => {
  const there: unknown[] = [];
  const { calls, act } = recorded({ keeping: copyingAs, copies: copiesWith(there) });
  await act(copySnapshots);
  expect([...calls.map(([name]) => name), ...there]).toEqual(["facts", "copies", ["factsThere", null]]);
});

test("prune-copies deletes in the other region what Steward copied and nothing keeps", async () => {
  const there: unknown[] = [];
  const { calls, act } = recorded({ keeping: copyingAs, copies: copiesWith(there) });
  await act(pruneCopies);
  expect(there).toEqual([
    ["factsThere", null],
    ["deleteThere", "snap-there"],
  ]);
  expect(calls.at(-1)).toMatchObject(["putPruning", { key: context.key, copies: true, status: "done", deleted: 1 }]);
});

test.each([copySnapshots, pruneCopies])("$do does nothing where the settings copy none", async (step) => {
  await expect(recorded().act(step)).rejects.toBeInstanceOf(Permanent);
  const there: unknown[] = [];
  await recorded({ copies: copiesWith(there) })
    .act(step)
    .catch((error) => expect(error).toBeInstanceOf(Permanent));
  expect(there).toEqual([]);
});

test.each([pruneSnapshots, lockSnapshots])("$do does nothing where no rules are known", async (step) => {
  const { calls, act } = recorded({ keeping: null });
  await expect(act(step)).rejects.toBeInstanceOf(Permanent);
  expect(calls).toEqual([]);
});

test("deregister-image takes what nothing keeps off the ledger before EC2 is asked", async () => {
  const { calls, act } = recorded();
  await act(deregisterImage);
  expect(calls).toEqual([["imageFacts"], ["noteImage", expect.objectContaining({ imageId: "ami-old", retiredAt: NOW })], ["deregister", "ami-old"]]);
});

test("disable-image disables what nothing keeps, and notes when", async () => {
  const { calls, act } = recorded({ keeping: { ...keeping, images: { ...keeping.images, disableFirst: true } } });
  await act(disableImage);
  expect(calls.slice(2)).toEqual([
    ["disable", "ami-old"],
    ["markImage", "ami-old", { "steward:disabled-at": NOW.toISOString() }],
  ]);
});

test("clear-left-snapshots marks what is not marked, and deletes what has been for a day", async () => {
  const { calls, act } = recorded();
  await act(clearLeft);
  expect(calls).toEqual([["imageFacts"], ["markImage", "snap-left-1", { "steward:left-at": NOW.toISOString() }], ["deleteSnapshots", ["snap-left-0"]]]);
});

test.each([disableImage, deregisterImage])("$do does nothing where no rules are known", async (step) => {
  const { calls, act } = recorded({ keeping: null });
  await expect(act(step)).rejects.toBeInstanceOf(Permanent);
  expect(calls).toEqual([]);
});

test.each(late)("$do does not begin after its time", async (step) => {
  const { calls, act } = recorded();
  await expect(act(step, { ...context, notAfter: new Date(NOW.getTime() - 1) })).rejects.toBeInstanceOf(Retryable);
  expect(calls).toEqual([]);
});

test("every change has an actuator and a grant, and the table above covers all", () => {
  const changes = Object.keys(CHANGE_GRANTS).toSorted() as Change[];
  expect(Object.keys(recorded().actuators).toSorted()).toEqual(changes);
  expect(late.map((step) => step.do).toSorted()).toEqual(changes);
});
