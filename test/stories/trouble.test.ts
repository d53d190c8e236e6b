import { Stage } from "@steward/cli/simulation/stage";
import { fault } from "@steward/simulator/faults/registry";
import { drive } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";

const GROUP = "steward-demo";
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open(11);
});

const goesWrong = (id: string, instanceId: string | undefined): void => stage.fault(id, (world) => fault(id).inject(world, instanceId ? { instanceId } : {}));
const byHand = (service: "autoscaling" | "ssm" | "lambda", operation: string, input: unknown): Promise<unknown> =>
  drive(() => stage.world.account.call(stage.world.operator, service, operation, input));
const turn = (position: "on" | "off") =>
  byHand("ssm", "PutParameter", { Name: "/steward/demo/switch", Value: JSON.stringify({ position }), Type: "String", Overwrite: true });
const booting = (): string | undefined => stage.nodes.find(({ lifecycle }) => lifecycle === "Pending:Wait")?.instanceId;
const untilBooting = () => stage.waitFor(() => booting() !== undefined, { minutes: 15 });
const subjects = () => stage.messages.map(({ subject = "" }) => subject.replace("[demo] ", "").split(":")[0]);
const members = () => [...(stage.world.autoscaling.groups.get(GROUP)?.members.values() ?? [])].map(({ state }) => state);
const done = (runbook: string) => stage.chronicle.attempts.filter((attempt) => attempt.runbook === runbook && attempt.outcome === "done").length;

/** Two nodes, both serving, nothing open, no lease, no rule broken. */
const isWellInTheEnd = () => {
  expect(stage.serving).toHaveLength(2);
  expect(members()).toEqual(["InService", "InService"]);
  expect(stage.world.autoscaling.groups.get(GROUP)?.desired).toBe(2);
  expect(stage.chronicle.incidents.filter(({ state }) => state !== "resolved")).toEqual([]);
  expect(stage.invariants.violations).toEqual([]);
};

describe("what somebody does to the fleet by hand", () => {
  test("is told once and seen to its end when it takes a node away", async () => {
    goesWrong("kill", stage.serving[0]);
    await stage.run({ minutes: 30 });
    expect(subjects()).toEqual(["Steward is on it", "Recovered"]);
    expect(done("replace-node")).toBe(0);
    isWellInTheEnd();
  });

  test("is a human's to end when nothing comes in the place of a node in Standby, and is over when it comes back", async () => {
    const [node = ""] = stage.serving;
    await byHand("autoscaling", "EnterStandby", { AutoScalingGroupName: GROUP, InstanceIds: [node], ShouldDecrementDesiredCapacity: true });
    await stage.run({ minutes: 20 });
    expect(subjects()).toEqual(["Steward is on it", "Steward needs you"]);
    await byHand("autoscaling", "ExitStandby", { AutoScalingGroupName: GROUP, InstanceIds: [node] });
    await stage.run({ minutes: 20 });
    expect(subjects()).toEqual(["Steward is on it", "Steward needs you", "Recovered"]);
    isWellInTheEnd();
  });
});

describe("a replacement", () => {
  test("ends well when its stand-in is killed in the launch hook, and nobody is told that the image is bad", async () => {
    goesWrong("hang", stage.serving[0]);
    await untilBooting();
    goesWrong("kill", booting());
    await stage.run({ minutes: 30 });
    expect(subjects()).toEqual(["Steward is on it", "Recovered"]);
    isWellInTheEnd();
  });

  test("does not hold the fleet when the other node crashes meanwhile", async () => {
    const [first, second] = stage.serving;
    goesWrong("hang", first);
    await untilBooting();
    goesWrong("service-crash", second);
    await stage.run({ minutes: 20 });
    expect(stage.chronicle.attempts.map(({ runbook, resource }) => `${runbook} ${resource}`)).toContain(`restart-service ${second}`);
    isWellInTheEnd();
  });

  test("is finished when the switch comes on again, and with it off no run is begun over and over", async () => {
    goesWrong("hang", stage.serving[0]);
    await untilBooting();
    await turn("off");
    await stage.run({ hours: 1 });
    expect(stage.chronicle.runs.filter(({ subject }) => subject.startsWith("admission-")).length).toBeLessThan(3);
    await turn("on");
    await stage.run({ minutes: 40 });
    isWellInTheEnd();
  });

  test("is finished after a database outage that lasts longer than its own deadlines, and no healthy node is sent away for it", async () => {
    goesWrong("hang", stage.serving[0]);
    await untilBooting();
    goesWrong("database-down", undefined);
    await stage.run({ minutes: 70 });
    stage.clear("database-down", (world) => fault("database-down").clear?.(world));
    await stage.run({ minutes: 40 });
    expect(done("replace-node")).toBe(1);
    isWellInTheEnd();
  });
});

test("an image of which no node gets in pages once, not with every node, and the launching ends", async () => {
  const { dependencies } = stage.world;
  dependencies.images.set("ami-0123456789abcdef0", { ...dependencies.defaultImage, version: "2026.06.0" });
  const request = { mode: "run", runbook: "replace-node", input: { instanceId: stage.serving[0] }, reason: "kernel patch", id: "patch-1" };
  await byHand("lambda", "Invoke", { FunctionName: "steward-demo-runbook", Payload: Buffer.from(JSON.stringify(request)) });
  await stage.run({ minutes: 40 });
  expect(subjects()).toEqual(["Steward needs you"]);
  expect(stage.nodes.filter(({ lifecycle }) => lifecycle === "gone")).toHaveLength(6);
  expect(booting()).toBeDefined();
  expect(stage.serving).toHaveLength(2);
  const retirements = Map.groupBy(stage.chronicle.runs, ({ subject }) => subject).values();
  expect([...retirements].filter((runs) => runs[0]?.subject.startsWith("retirement-") && runs.length > 4)).toEqual([]);
});

test("an unhealthy verdict of the balancer that the node has outlived already is no page", async () => {
  const machine = stage.world.machines.get(stage.serving[0] ?? "");
  machine?.hang({ survivesRestart: true });
  await stage.waitFor(() => stage.nodes.some(({ target }) => target === "unhealthy"), { minutes: 2 });
  machine?.packageManager.unhang();
  await stage.run({ minutes: 20 });
  expect(subjects()).not.toContain("Steward needs you");
  isWellInTheEnd();
});
