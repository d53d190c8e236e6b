import { readdirSync, readFileSync } from "node:fs";
import { haTopology } from "@steward/core/topology/ha";
import type { RuleSpec } from "@steward/core/topology/topology";
import { EVENT_TRIGGERS } from "@steward/core/triggers/registry";
import { sweep } from "@steward/core/triggers/sweep";
import type { Hint, Trigger } from "@steward/core/triggers/trigger";
import { matches } from "@steward/simulator/services/events/pattern";
import { describe, expect, test } from "vitest";

const DIR = new URL("../../events/", import.meta.url);
const FILES = readdirSync(DIR).filter((file) => file.endsWith(".json"));

type Event = Record<string, unknown> & { detail: Record<string, unknown> };
const sample = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, DIR), "utf8")) as Event;

const topology = haTopology({ stage: "demo", place: { account: "123456789012", region: "us-east-1" }, subnets: ["subnet-1"], imageId: "ami-1", desired: "{}" });
const matching = (event: unknown): RuleSpec[] => topology.rules.filter(({ bus, pattern }) => bus === "default" && matches(pattern, event));

const instance = { kind: "instance", instanceId: "i-1234567890abcdef0", group: "steward-demo" } as const;
const group = { kind: "group", group: "steward-demo" } as const;
const alarm = { kind: "alarm", alarm: "steward-demo-unhealthy-hosts" } as const;
const database = { kind: "database", id: "steward-demo" } as const;

/** Which trigger is meant for which sample, and where it says to look. */
const MEANT: Record<string, { trigger: string; hint: Hint }> = {
  "alarm-in-alarm": { trigger: "alarm-changed", hint: alarm },
  "alarm-in-ok": { trigger: "alarm-changed", hint: alarm },
  "lifecycle-launch": { trigger: "lifecycle-action", hint: instance },
  "lifecycle-terminate": { trigger: "lifecycle-action", hint: instance },
  "launch-successful": { trigger: "group-activity", hint: group },
  "launch-unsuccessful": { trigger: "group-activity", hint: group },
  "terminate-successful": { trigger: "group-activity", hint: group },
  "terminate-unsuccessful": { trigger: "group-activity", hint: group },
  "database-failover": { trigger: "database-event", hint: database },
  "database-backup": { trigger: "database-event", hint: database },
  "parameter-created": { trigger: "parameter-changed", hint: { kind: "parameter", name: "/steward/demo/switch" } },
  "parameter-updated": { trigger: "parameter-changed", hint: { kind: "parameter", name: "/steward/demo/desired" } },
  "parameter-deleted": { trigger: "parameter-changed", hint: { kind: "parameter", name: "/steward/demo/switch" } },
};
const OTHERS = FILES.filter((file) => file.startsWith("others-")).map((file) => file.replace(".json", ""));

const triggers = EVENT_TRIGGERS as readonly Trigger[];
const triggerOf = (id: string): Trigger => triggers.find((trigger) => trigger.id === id) ?? expect.fail(`no trigger ${id}`);

test("every sample is meant for a trigger, for the schedule, or for somebody else", () => {
  const known = [...Object.keys(MEANT), ...OTHERS, "scheduled"].map((name) => `${name}.json`);
  expect(FILES.toSorted()).toEqual(known.toSorted());
  expect(OTHERS.length).toBeGreaterThanOrEqual(2);
});

test("every trigger has a sample", () => {
  const covered = new Set(Object.values(MEANT).map(({ trigger }) => trigger));
  expect([...covered].toSorted()).toEqual(triggers.map(({ id }) => id).toSorted());
});

describe.each(Object.entries(MEANT))("%s", (name, { trigger: id, hint }) => {
  test("matches the rule of its trigger and no other", () => {
    expect(matching(sample(name)).map((rule) => rule.name)).toEqual([`steward-demo-${id}`]);
  });

  test("is parsed by its trigger to the place to look at", () => {
    const trigger = triggerOf(id);
    expect(trigger.hint(trigger.schema.parse(sample(name)))).toEqual(hint);
  });

  test("is refused by the schemas of all other triggers", () => {
    for (const other of triggers.filter((trigger) => trigger.id !== id)) expect(other.schema.safeParse(sample(name)).success, other.id).toBe(false);
  });

  test.each(["source", "detail-type", "detail", "time", "id"])("is refused without %s", (field) => {
    const { [field]: _gone, ...rest } = sample(name);
    expect(triggerOf(id).schema.safeParse(rest).success).toBe(false);
  });
});

test.each(OTHERS)("%s matches no rule: it belongs to somebody else", (name) => {
  expect(matching(sample(name))).toEqual([]);
});

test("the scheduled event matches no pattern and is the sweep's", () => {
  expect(matching(sample("scheduled"))).toEqual([]);
  expect(sweep.hint(sweep.schema.parse(sample("scheduled")))).toEqual({ kind: "sweep" });
});

describe("wrong shapes are refused", () => {
  const changed = (name: string, detail: Record<string, unknown>): Event => {
    const event = sample(name);
    return { ...event, detail: { ...event.detail, ...detail } };
  };

  test.each([
    ["an alarm state that does not exist", "alarm-changed", changed("alarm-in-alarm", { state: { value: "PANIC", timestamp: "x" } })],
    ["an alarm without a name", "alarm-changed", changed("alarm-in-alarm", { alarmName: undefined })],
    ["an instance id that is none", "lifecycle-action", changed("lifecycle-launch", { EC2InstanceId: "i-1; rm -rf /" })],
    ["a group name that is no text", "group-activity", changed("launch-successful", { AutoScalingGroupName: ["steward-demo"] })],
    ["a database event without a message", "database-event", changed("database-failover", { Message: undefined })],
    ["a parameter without a name", "parameter-changed", changed("parameter-updated", { name: null })],
    ["a time that is none", "alarm-changed", { ...sample("alarm-in-alarm"), time: "yyyy-mm-ddThh:mm:ssZ" }],
    ["another version of the envelope", "alarm-changed", { ...sample("alarm-in-alarm"), version: "1" }],
  ])("%s", (_what, id, event) => {
    expect(triggerOf(id).schema.safeParse(event).success).toBe(false);
  });
});

test("a failed launch without an instance is still read", () => {
  const event = sample("launch-unsuccessful");
  const parsed = triggerOf("group-activity").schema.safeParse({ ...event, detail: { ...event.detail, EC2InstanceId: "" } });
  expect(parsed.success).toBe(true);
});
