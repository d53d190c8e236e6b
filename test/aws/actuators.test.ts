import { createActuators } from "@steward/aws/actuators";
import type { AutoScaling } from "@steward/aws/auto-scaling";
import type { Documents } from "@steward/aws/documents";
import type { Images } from "@steward/aws/images";
import type { LaunchTemplates } from "@steward/aws/launch-template";
import type { Nodes } from "@steward/aws/nodes";
import type { Parameters } from "@steward/aws/parameters";
import type { Server } from "@steward/aws/server";
import { Retryable } from "@steward/core/errors";
import type { FirstDeployNote } from "@steward/core/first-deploy/facts";
import type { Change, Step, StepContext } from "@steward/core/runbooks/steps";
import { CHANGE_GRANTS } from "@steward/core/topology/grants";
import { names } from "@steward/core/topology/names";
import { expect, test } from "vitest";
import { desired } from "../core/builders.ts";
import { declaredOf } from "../core/first-deploy/founding.ts";

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

function recorded() {
  const calls: unknown[][] = [];
  const verb =
    (name: string) =>
    (...given: unknown[]) => {
      calls.push([name, ...given]);
      return Promise.resolve();
    };
  const autoScaling = {
    enterStandby: verb("enterStandby"),
    setDesiredCapacity: verb("setDesiredCapacity"),
    completeLifecycle: verb("completeLifecycle"),
    resize: verb("resize"),
    terminate: verb("terminate"),
  };
  const server = { attachVolume: verb("attachVolume"), settleVolume: verb("settleVolume"), moveAddress: verb("moveAddress"), makeVolume: verb("makeVolume") };
  const actuators = createActuators({
    autoScaling: autoScaling as unknown as AutoScaling,
    nodes: { command: verb("command") } as unknown as Nodes,
    server: server as unknown as Server,
    images: { build: verb("build") } as unknown as Images,
    templates: { write: verb("write") } as unknown as LaunchTemplates,
    documents: {
      read: (pointer) => verb("readDocument")(pointer).then(() => JSON.stringify(declared.document)),
      write: verb("writeDocument") as Documents["write"],
    },
    vault: { read: (id) => verb("readSecret")(id).then(() => SALT) },
    parameters: { commit: verb("commit") } as unknown as Parameters,
    ledger: {
      rememberLineage: verb("rememberLineage") as (a: string, b: string) => Promise<void>,
      noteFirstDeploy: verb("noteFirstDeploy") as (note: FirstDeployNote) => Promise<void>,
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
];
const late: Step[] = [...table.map(([step]) => step), writeDocument];

test.each(table)("$do becomes one verb of one adapter", async (step, call) => {
  const { calls, act } = recorded();
  await act(step);
  expect(calls).toEqual([call]);
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
