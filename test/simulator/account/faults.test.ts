import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { runningNodes } from "@steward/simulator/faults/nodes";
import { FAULTS, fault } from "@steward/simulator/faults/registry";
import { servingNodes } from "@steward/simulator/invariants/fleet";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { deployedWorld } from "./deploy-fixture.ts";

const MINUTE = 60_000;
type Deployed = Awaited<ReturnType<typeof deployedWorld>>;
const admitted = (seed = 1) => deployedWorld({ seed, admitted: true });
const node = ({ world }: Deployed): string => runningNodes(world)[0] ?? "";
const ping = ({ world }: Deployed, instanceId: string) => world.machines.get(instanceId)?.http("/__ping__").kind;

test("every fault has its own id and says in one sentence what it does", () => {
  expect(new Set(FAULTS.map(({ id }) => id)).size).toBe(FAULTS.length);
  for (const { summary } of FAULTS) expect(summary).toMatch(/^[A-Z].*\.$/);
  expect(() => fault("earthquake")).toThrow("no fault is called earthquake; there are kill, hang,");
});

describe("a node", () => {
  test("that is killed is gone from EC2, and the group starts another", async () => {
    const demo = await admitted();
    const killed = node(demo);
    fault("kill").inject(demo.world, { instanceId: killed });
    expect(await advanceUntil(() => demo.world.ec2.instances.get(killed)?.state === "terminated", 5 * MINUTE)).toBe(true);
    expect(await advanceUntil(() => runningNodes(demo.world).length === 2, 20 * MINUTE)).toBe(true);
    expect(runningNodes(demo.world)).not.toContain(killed);
  });

  test("whose server crashed refuses connections until its unit is started", async () => {
    const demo = await admitted();
    fault("service-crash").inject(demo.world, { instanceId: node(demo) });
    expect(ping(demo, node(demo))).toBe("refused");
  });

  test("that hangs answers nothing, and the balancer finds it unhealthy", async () => {
    const demo = await admitted();
    fault("hang").inject(demo.world, { instanceId: node(demo) });
    expect(ping(demo, node(demo))).toBe("timeout");
    const isUnhealthy = () => demo.world.account.links.targetState(demo.deployed.balancer?.targetGroupArn ?? "", node(demo)) === "unhealthy";
    expect(await advanceUntil(isUnhealthy, 2 * MINUTE)).toBe(true);
    expect(servingNodes(demo.world, demo.deployed)).toHaveLength(1);
  });

  test("that hangs once answers again after a restart, one that hangs for good does not", async () => {
    for (const [id, answer] of [
      ["hang-once", "answer"],
      ["hang", "timeout"],
    ] as const) {
      const demo = await admitted();
      const instanceId = node(demo);
      fault(id).inject(demo.world, { instanceId });
      expect(ping(demo, instanceId)).toBe("timeout");
      demo.world.machines.get(instanceId)?.unit.restart();
      await advance(MINUTE);
      expect(ping(demo, instanceId), id).toBe(answer);
    }
  });

  test("that is stopped keeps its disks", async () => {
    const demo = await admitted();
    const instanceId = node(demo);
    const disks = () => [...demo.world.ec2.volumes.values()].filter(({ attachment }) => attachment?.instanceId === instanceId).length;
    const before = disks();
    fault("stop").inject(demo.world, { instanceId });
    expect(await advanceUntil(() => demo.world.ec2.instances.get(instanceId)?.state === "stopped", 2 * MINUTE)).toBe(true);
    expect([before, disks()]).toEqual([1, 1]);
  });

  test("that still answers is chosen before one that does not, the same one for the same seed", async () => {
    const first = await admitted(5);
    fault("hang").inject(first.world);
    fault("hang").inject(first.world);
    expect(runningNodes(first.world).map((id) => ping(first, id))).toEqual(["timeout", "timeout"]);
    const chosen = async () => {
      const demo = await admitted(6);
      fault("hang").inject(demo.world);
      return runningNodes(demo.world).find((id) => ping(demo, id) === "timeout");
    };
    expect(await chosen()).toBe(await chosen());
  });
});

test("all nodes hang at once", async () => {
  const demo = await admitted();
  fault("both-hang").inject(demo.world);
  expect(runningNodes(demo.world).map((id) => ping(demo, id))).toEqual(["timeout", "timeout"]);
});

test("without the database no node serves; with it again they come back by themselves", async () => {
  const demo = await admitted();
  fault("database-down").inject(demo.world);
  await advance(2 * MINUTE);
  expect(servingNodes(demo.world, demo.deployed)).toEqual([]);
  fault("database-down").clear?.(demo.world);
  expect(await advanceUntil(() => servingNodes(demo.world, demo.deployed).length === 2, 5 * MINUTE)).toBe(true);
});

describe("events", () => {
  const put = (demo: Deployed, n: number) =>
    drive(() =>
      demo.operator("events", "PutEvents", {
        Entries: [{ EventBusName: demo.topology.bus, Source: "steward", DetailType: "Incident Opened", Detail: JSON.stringify({ n }) }],
      }),
    );
  const received = (demo: Deployed) => demo.seen.alert.map((event) => (event as { detail: { n: number } }).detail.n);

  test("are lost", async () => {
    const demo = await admitted();
    fault("event-lost").inject(demo.world, { share: 1 });
    await put(demo, 1);
    await advance(5 * MINUTE);
    fault("event-lost").clear?.(demo.world);
    await put(demo, 2);
    await advance(5 * MINUTE);
    expect(received(demo)).toEqual([2]);
  });

  test("come twice", async () => {
    const demo = await admitted();
    fault("event-doubled").inject(demo.world, { share: 1 });
    await put(demo, 1);
    await advance(5 * MINUTE);
    expect(received(demo)).toEqual([1, 1]);
  });

  test("overtake each other", async () => {
    const demo = await admitted();
    fault("event-out-of-order").inject(demo.world, { share: 1 });
    for (let n = 0; n < 8; n++) await put(demo, n);
    await advance(5 * MINUTE);
    expect([...received(demo)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(received(demo)).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("to other functions arrive when only one function's are lost", async () => {
    const demo = await admitted();
    fault("event-lost").inject(demo.world, { share: 1, functions: ["steward-demo-observe"] });
    await put(demo, 1);
    await advance(6 * MINUTE);
    expect(received(demo)).toEqual([1]);
    expect(demo.seen.observe).toEqual(demo.topology.schedules.filter(({ target }) => target === "observe").map(({ atDeploy }) => atDeploy));
  });
});

describe("throttling", () => {
  const asFunction = (demo: Deployed, id: "alert" | "observe") => () =>
    drive(() =>
      demo.world.account.call(demo.deployed.functions[id].principal, "dynamodb", "PutItem", {
        TableName: demo.topology.table.name,
        Item: { pk: { S: "a" }, sk: { S: "b" } },
      }),
    );

  test("hits the named functions only, until it is over", async () => {
    const demo = await admitted();
    fault("throttled").inject(demo.world, { functions: ["steward-demo-alert"], share: 1 });
    await expect(asFunction(demo, "alert")()).rejects.toMatchObject({ code: "Throttling" });
    await expect(asFunction(demo, "observe")()).resolves.toEqual({});
    fault("throttled").clear?.(demo.world);
    await expect(asFunction(demo, "alert")()).resolves.toEqual({});
  });

  test("hits a part of the calls", async () => {
    const demo = await admitted();
    fault("throttled").inject(demo.world, { share: 0.5 });
    const outcomes = [];
    for (let n = 0; n < 40; n++)
      outcomes.push(
        await asFunction(demo, "alert")().then(
          () => "ok",
          () => "throttled",
        ),
      );
    expect(outcomes.filter((outcome) => outcome === "ok").length).toBeGreaterThan(8);
    expect(outcomes.filter((outcome) => outcome === "throttled").length).toBeGreaterThan(8);
  });
});

test("a killed function never finishes its work, and its event ends in the dead-letter queue", async () => {
  const demo = await admitted();
  demo.tasks.alert = async ({ region, credentials, requestHandler }) => {
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await new SNSClient({ region, credentials, requestHandler }).send(new PublishCommand({ TopicArn: demo.deployed.topicArns.people, Message: "done" }));
  };
  fault("function-killed").inject(demo.world, { share: 1, functions: ["steward-demo-alert"] });
  const Payload = new TextEncoder().encode("{}");
  await drive(() => demo.operator("lambda", "Invoke", { FunctionName: "steward-demo-alert", InvocationType: "Event", Payload }));
  const deadLetters = () => demo.world.sqs.queues.get(demo.topology.deadLetter.name)?.messages ?? [];
  expect(await advanceUntil(() => deadLetters().length > 0, 15 * MINUTE)).toBe(true);
  await advance(MINUTE);
  expect(demo.seen.alert).toHaveLength(3);
  expect(demo.world.sns.delivered(demo.deployed.topicArns.people, "people@example.com").map(({ message }) => message)).not.toContain("done");
});
