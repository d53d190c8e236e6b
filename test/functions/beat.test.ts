import type { StageWorld } from "@steward/aws/world";
import { observe } from "@steward/functions/observe";
import { expect, test } from "vitest";
import { fakeWorld } from "../core/apply/fake-world.ts";
import { fleetWithSickNode, healthyFleet } from "../core/builders.ts";
import { aRuntime, type Bench, context, sample } from "./a-runtime.ts";

const invoke = ({ runtime }: Bench, event = sample("scheduled")) => observe(runtime)(event, context());
const broken = new Error("CloudWatch is away");
const failingMetrics = ({ metrics }: StageWorld): Partial<StageWorld> => ({ metrics: { ...metrics, publishAges: () => Promise.reject(broken) } });

test("a sweep that found all well says when it looked, and publishes how long ago that was", async () => {
  const bench = aRuntime();
  await invoke(bench);
  expect(bench.beats).toEqual(new Map([["sweep", bench.fake.state.at]]));
  const seconds = Math.max(0, Math.round((bench.runtime.world.now().getTime() - bench.fake.state.at.getTime()) / 1000));
  expect(bench.ages).toEqual([[{ duty: "sweep", seconds }]]);
});

test("an event that is no sweep is no sign of life: only the sweep sees what all events miss", async () => {
  const bench = aRuntime();
  await invoke(bench, sample("launch-successful", { AutoScalingGroupName: "steward-demo" }));
  expect(bench.beats.size).toBe(0);
  expect(bench.ages).toEqual([]);
});

test("a sweep that could not do its duties is silent", async () => {
  const bench = aRuntime(fakeWorld(fleetWithSickNode()), ({ ledger }) => ({ ledger: { ...ledger, open: () => Promise.reject(broken) } }));
  await expect(invoke(bench)).rejects.toMatchObject({ name: "Retryable" });
  expect(bench.beats.size).toBe(0);
});

test("a sweep that could not see everything is silent", async () => {
  const bench = aRuntime(healthyFleet({ unread: [{ what: "targets", because: "throttled" }] }));
  await expect(invoke(bench)).rejects.toMatchObject({ name: "Retryable" });
  expect(bench.beats.size).toBe(0);
});

test("not being able to publish undoes no duty, is logged, and lets the invocation be retried", async () => {
  const bench = aRuntime(fakeWorld(fleetWithSickNode()), failingMetrics);
  await expect(invoke(bench)).rejects.toMatchObject({ name: "Retryable", message: "sweep: all is done, but nobody could be told so", cause: broken });
  expect(bench.fake.state.incidents).toHaveLength(1);
  expect(bench.started).toHaveLength(1);
  expect(bench.beats.size).toBe(1);
  expect(JSON.stringify(bench.lines)).toContain("CloudWatch is away");
});
