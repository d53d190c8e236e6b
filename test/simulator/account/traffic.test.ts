import { throughBalancer } from "@steward/simulator/fleet/entrance";
import { startTraffic } from "@steward/simulator/fleet/traffic";
import { advance } from "@steward/simulator/world/drive";
import { expect, test } from "vitest";
import { OK } from "./autoscaling-world.ts";
import { answer, balanced } from "./elbv2-world.ts";

const clients = async (requestsPerSecond = 4) => {
  const lb = await balanced();
  return { lb, traffic: startTraffic(throughBalancer(lb.world.elbv2, lb.targetGroupArn), requestsPerSecond) };
};

test("serves every request while the fleet is well, minute by minute", async () => {
  const { traffic } = await clients();
  await advance(601_000);
  expect(traffic).toMatchObject({ served: 2_400, failed: 0 });
  expect(traffic.history().reduce((sum, { served }) => sum + served, 0)).toBe(2_400);
  expect(traffic.history().length).toBeGreaterThanOrEqual(10);
});

test("fails half of the requests from the moment a node breaks until the balancer has noticed", async () => {
  const { lb, traffic } = await clients();
  await advance(60_000);
  answer(lb, lb.instances[0], { ...OK, status: 500 });
  await advance(60_000);
  const { failed } = traffic;
  expect(failed).toBeGreaterThan(30);
  expect(failed).toBeLessThan(100);
  await advance(60_000);
  expect(traffic.failed).toBe(failed);
});

test.each([[{ kind: "timeout" } as const], [{ kind: "refused" } as const], [{ ...OK, status: 503 }]])(
  "counts as failed whatever is no success: %o",
  async (given) => {
    const { lb, traffic } = await clients();
    for (const id of lb.instances) answer(lb, id, given);
    await advance(31_000);
    expect(traffic).toMatchObject({ served: 0, failed: 120 });
  },
);

test("sends less than one request a batch when clients are few, and nothing after it stops", async () => {
  const { traffic } = await clients(0.1);
  await advance(101_000);
  expect(traffic.served).toBe(10);
  traffic.stop();
  await advance(100_000);
  expect(traffic.served).toBe(10);
});
