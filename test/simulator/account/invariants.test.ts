import type { FunctionId } from "@steward/core/topology/control-spec";
import { apiOf } from "@steward/simulator/deploy/api";
import { runningNodes } from "@steward/simulator/faults/nodes";
import { fault } from "@steward/simulator/faults/registry";
import { INVARIANTS } from "@steward/simulator/invariants/registry";
import { watchInvariants } from "@steward/simulator/invariants/watch";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { deployedWorld } from "./deploy-fixture.ts";

const MINUTE = 60_000;

/** The deployed pair, watched; `as` acts with a function's rights. */
async function watched() {
  const demo = await deployedWorld({ admitted: true });
  const watch = watchInvariants(demo.world, demo.deployed);
  const as = (id: Exclude<FunctionId, "keep-snapshots">) => apiOf(demo.world.account, demo.deployed.functions[id].principal);
  const [first = "", second = ""] = runningNodes(demo.world);
  const found = () => watch.violations.map(({ invariant }) => invariant);
  const put = (item: Record<string, string | number>) =>
    drive(() =>
      as("remediate")("dynamodb", "PutItem", {
        TableName: demo.topology.table.name,
        Item: Object.fromEntries(Object.entries(item).map(([key, value]) => [key, typeof value === "number" ? { N: String(value) } : { S: value }])),
      }),
    );
  const standby = (id: "remediate" | undefined, instanceId: string) => {
    const input = { AutoScalingGroupName: demo.topology.group.name, InstanceIds: [instanceId], ShouldDecrementDesiredCapacity: false };
    return drive(() => (id ? as(id) : demo.operator)("autoscaling", "EnterStandby", input));
  };
  return { ...demo, watch, as, first, second, found, put, standby };
}

test("every invariant has its own id and says what holds", () => {
  expect(new Set(INVARIANTS.map(({ id }) => id)).size).toBe(INVARIANTS.length);
  for (const { sentence } of INVARIANTS) expect(sentence).toMatch(/^(No|While) .*\.$/);
});

test("a quiet hour breaks nothing, and is looked at all the time", async () => {
  const { watch } = await watched();
  await advance(60 * MINUTE);
  expect(watch.violations).toEqual([]);
  expect(watch.checks()).toBeGreaterThan(360);
});

test("a watch that is over sees nothing any more", async () => {
  const { watch, world, deployed } = await watched();
  watch.stop();
  const before = watch.checks();
  await drive(() => world.account.call(deployed.functions.alert.principal, "autoscaling", "DescribeAutoScalingGroups", {})).catch(() => {});
  await advance(10 * MINUTE);
  expect(watch.checks()).toBe(before);
  expect(watch.violations).toEqual([]);
});

describe("taking a serving node out of service", () => {
  test("is fine while the other one serves", async () => {
    const { standby, first, found } = await watched();
    await standby("remediate", first);
    expect(found()).toEqual([]);
  });

  test("is found when a function does it to the last one", async () => {
    const { standby, first, second, watch, world } = await watched();
    fault("hang").inject(world, { instanceId: first });
    await standby("remediate", second);
    expect(watch.violations).toMatchObject([
      { invariant: "last-serving", what: `steward-demo-remediate called autoscaling:EnterStandby on ${second} while no other node was serving` },
    ]);
  });

  test("is fine when the node serves nobody anyway", async () => {
    const { standby, first, found, world } = await watched();
    fault("both-hang").inject(world);
    await standby("remediate", first);
    expect(found()).toEqual([]);
  });

  test("is nobody's business when a person does it", async () => {
    const { standby, first, second, found, world } = await watched();
    fault("hang").inject(world, { instanceId: first });
    await standby(undefined, second);
    expect(found()).toEqual([]);
  });

  test("by a restart is found as well", async () => {
    const { as, first, second, found, world, topology } = await watched();
    fault("service-crash").inject(world, { instanceId: first });
    const Parameters = {
      verb: ["restart"],
      payload: [Buffer.from(JSON.stringify({ key: "k", epoch: 1, notAfter: new Date(Date.now() + MINUTE) })).toString("base64url")],
    };
    await drive(() => as("remediate")("ssm", "SendCommand", { DocumentName: topology.document.name, InstanceIds: [second], Parameters }));
    expect(found()).toEqual(["last-serving"]);
  });
});

test("a scale-in that hits the last serving node is found, whichever node the group chooses", async () => {
  const outcomes: string[][] = [];
  for (const sick of [0, 1]) {
    const { as, world, topology, found } = await watched();
    fault("hang").inject(world, { instanceId: runningNodes(world)[sick] ?? "" });
    await drive(() => as("remediate")("autoscaling", "SetDesiredCapacity", { AutoScalingGroupName: topology.group.name, DesiredCapacity: 1 }));
    await advance(5 * MINUTE);
    outcomes.push(found());
  }
  expect(outcomes.sort()).toEqual([[], ["scale-in"]]);
});

test("a call beyond a function's rights is found", async () => {
  const { as, watch, topology } = await watched();
  await drive(() => as("alert")("autoscaling", "SetDesiredCapacity", { AutoScalingGroupName: topology.group.name, DesiredCapacity: 1 })).catch(() => {});
  expect(watch.violations).toMatchObject([{ invariant: "nothing-forbidden", what: "steward-demo-alert was refused autoscaling:SetDesiredCapacity" }]);
});

test("an instance of the fleet that no group knows is found after fifteen minutes", async () => {
  const { operator, found, topology, deployed } = await watched();
  const Tags = Object.entries(topology.group.tags).map(([Key, Value]) => ({ Key, Value }));
  const TagSpecifications = [{ ResourceType: "instance" as const, Tags }];
  await drive(() =>
    operator("ec2", "RunInstances", {
      ImageId: topology.launchTemplate.imageId,
      InstanceType: "c5.4xlarge",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: deployed.named["subnet:nodes"],
      TagSpecifications,
    }),
  );
  await advance(14 * MINUTE);
  expect(found()).toEqual([]);
  await advance(4 * MINUTE);
  expect(found()).toEqual(["no-orphan-instance"]);
});

describe("the desired capacity", () => {
  const raise = ({ as, topology }: Awaited<ReturnType<typeof watched>>) =>
    drive(() => as("remediate")("autoscaling", "SetDesiredCapacity", { AutoScalingGroupName: topology.group.name, DesiredCapacity: 3 }));

  test("that nobody takes back is found after fifteen minutes", async () => {
    const demo = await watched();
    await raise(demo);
    await advance(14 * MINUTE);
    expect(demo.found()).toEqual([]);
    await advance(2 * MINUTE);
    expect(demo.found()).toEqual(["desired-declared"]);
  });

  test("may differ while an incident is open", async () => {
    const demo = await watched();
    await demo.put({ pk: "OPEN", sk: "node-sick#i-0", id: "1" });
    await raise(demo);
    await advance(60 * MINUTE);
    expect(demo.found()).toEqual([]);
  });
});

describe("a lease", () => {
  const lease = (execution: string, epoch: number, expiresAt = new Date(Date.now() + 5 * MINUTE)) => ({
    pk: "LEASE",
    sk: "fleet",
    scope: "fleet",
    holder: execution,
    execution,
    epoch,
    expiresAt: expiresAt.toISOString(),
  });

  /** Two runs that are at work for a minute, under their own names. */
  async function twoRuns() {
    const demo = await watched();
    demo.tasks.remediate = () => new Promise((resolve) => setTimeout(resolve, MINUTE));
    const { invokeArn } = demo.deployed.functions.remediate;
    for (const name of ["one", "two"])
      await drive(() =>
        demo.as("observe")("lambda", "Invoke", {
          FunctionName: invokeArn,
          InvocationType: "Event",
          DurableExecutionName: name,
          Payload: new TextEncoder().encode("{}"),
        }),
      );
    const arnOf = (name: string) => [...demo.world.lambda.executions.values()].find((execution) => execution.name === name)?.arn ?? "";
    expect(await advanceUntil(() => arnOf("one") !== "" && arnOf("two") !== "", MINUTE)).toBe(true);
    return { ...demo, one: arnOf("one"), two: arnOf("two") };
  }

  test("of a run that is over is found after ten minutes, unless it was let go", async () => {
    const { put, found } = await watched();
    await put(lease("arn:aws:lambda:us-east-1:123456789012:function:a:1/durable-execution/gone/1", 1));
    await advance(9 * MINUTE);
    await put({ pk: "LEASE", sk: "fleet", scope: "fleet", epoch: 1 });
    await advance(9 * MINUTE);
    expect(found()).toEqual([]);
    await put(lease("arn:aws:lambda:us-east-1:123456789012:function:a:1/durable-execution/gone/1", 2));
    await advance(11 * MINUTE);
    expect(found()).toEqual(["lease-left"]);
  });

  test("that goes from one run to the next when it was let go is fine", async () => {
    const { put, found, one, two } = await twoRuns();
    await put(lease(one, 1));
    await put({ pk: "LEASE", sk: "fleet", scope: "fleet", epoch: 1 });
    await put(lease(two, 2));
    expect(found()).toEqual([]);
  });

  test("that goes to another run while its holder runs is found", async () => {
    const { put, watch, one, two } = await twoRuns();
    await put(lease(one, 1));
    await put(lease(two, 2));
    expect(watch.violations).toMatchObject([{ invariant: "lease-shared", what: `the lease fleet went to ${two} while ${one} held it` }]);
  });

  test("that goes to another run when its time is over is fine, with a higher epoch only", async () => {
    const { put, watch, one, two } = await twoRuns();
    await put(lease(one, 1, new Date(Date.now() + 1_000)));
    await advance(2_000);
    await put(lease(two, 2));
    expect(watch.violations).toEqual([]);
    await put({ pk: "LEASE", sk: "fleet", scope: "fleet", epoch: 2 });
    await put(lease(one, 2));
    expect(watch.violations).toMatchObject([{ invariant: "lease-shared", what: `the lease fleet has a new holder, ${one}, with epoch 2 after 2` }]);
  });
});
