import { readdirSync, readFileSync } from "node:fs";
import { names } from "@steward/core/topology/names";
import { keepSnapshots } from "@steward/core/triggers/keep-snapshots";
import { EVENT_TRIGGERS, SCHEDULED_TRIGGERS } from "@steward/core/triggers/registry";
import { sweep } from "@steward/core/triggers/sweep";
import type { Hint, Trigger } from "@steward/core/triggers/trigger";
import { matches } from "@steward/simulator/services/events/pattern";
import { describe, expect, test } from "vitest";
import { haSettings, haTopology, singleSettings, singleTopology } from "../settings.ts";

const DIR = new URL("../../events/", import.meta.url);
const FILES = readdirSync(DIR).filter((file) => file.endsWith(".json"));

type Event = Record<string, unknown> & { detail: Record<string, unknown> };
const sample = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, DIR), "utf8")) as Event;

const [pair, server] = [haTopology(), singleTopology()];
const matching = (event: unknown, { rules }: Pick<typeof pair, "rules"> = pair): string[] =>
  rules.filter(({ bus, pattern }) => bus === "default" && matches(pattern, event)).map(({ name }) => name);

const instance = { kind: "instance", instanceId: "i-1234567890abcdef0", group: "steward-demo" } as const;
const group = { kind: "group", group: "steward-demo" } as const;
const alarm = { kind: "alarm", alarm: "steward-demo-unhealthy-hosts" } as const;
const database = { kind: "database", id: "steward-demo" } as const;
const image = { kind: "image", arn: "arn:aws:imagebuilder:us-east-1:123456789012:image/steward-demo-node/1.0.0/1" } as const;
const key = { kind: "key-object", key: "persistent/encryption/rstudio-pm.key" } as const;

const snapshot: Hint = { kind: "snapshots", snapshotIds: ["snap-01234567"] };
const snapshots: Hint = { kind: "snapshots", snapshotIds: ["snap-01234567", "snap-012345678"] };

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
  "health-retirement": { trigger: "health-event", hint: { kind: "health", entities: ["i-1234567890abcdef0"] } },
  "health-degraded": { trigger: "health-event", hint: { kind: "health", entities: ["i-abcd1111"] } },
  "image-available": { trigger: "image-state", hint: image },
  "image-failed": { trigger: "image-state", hint: image },
  "key-object-created": { trigger: "key-object-changed", hint: key },
  "key-object-deleted": { trigger: "key-object-changed", hint: key },
  "snapshot-succeeded": { trigger: "ebs-snapshot", hint: snapshot },
  "snapshot-failed": { trigger: "ebs-snapshot", hint: snapshot },
  "snapshots-succeeded": { trigger: "ebs-snapshot", hint: snapshots },
  "snapshots-failed": { trigger: "ebs-snapshot", hint: snapshots },
};
/** Samples of what only a pair has. */
const PAIR_ONLY = ["database-failover", "database-backup", "key-object-created", "key-object-deleted"];
/** Samples of what only a single server has. */
const SERVER_ONLY = ["snapshot-succeeded", "snapshot-failed", "snapshots-succeeded", "snapshots-failed"];
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
    expect(matching(sample(name), SERVER_ONLY.includes(name) ? server : pair)).toEqual([`steward-demo-${id}`]);
  });

  test("matches the same rule in either topology, or none where there is nothing of the kind", () => {
    expect(matching(sample(name), server)).toEqual(PAIR_ONLY.includes(name) ? [] : [`steward-demo-${id}`]);
    expect(matching(sample(name), pair)).toEqual(SERVER_ONLY.includes(name) ? [] : [`steward-demo-${id}`]);
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
  for (const topology of [pair, server]) expect(matching(sample(name), topology)).toEqual([]);
});

test("the scheduled event matches no pattern, and each function that is started by time takes it as its own", () => {
  for (const topology of [pair, server]) expect(matching(sample("scheduled"), topology)).toEqual([]);
  expect(sweep.hint(sweep.schema.parse(sample("scheduled")))).toEqual({ kind: "sweep" });
  expect(keepSnapshots.hint(keepSnapshots.schema.parse(sample("scheduled")))).toEqual({ kind: "keeping" });
  const targets = SCHEDULED_TRIGGERS.map(({ target }) => target);
  expect(new Set(targets).size).toBe(targets.length);
});

describe("the end of a snapshot", () => {
  test.each(["createVolume", "deleteSnapshot", "lockSnapshot"])("is no %s", (event) => {
    expect(matching(changed("snapshot-succeeded", { event }), server)).toEqual([]);
  });

  test("is heard whether it went well or not, and of whomever it is: no pattern can know", () => {
    for (const result of ["succeeded", "failed"]) expect(matching(changed("snapshot-succeeded", { result }), server)).toEqual(["steward-demo-ebs-snapshot"]);
    expect(matching({ ...sample("snapshot-succeeded"), resources: ["arn:aws:ec2:us-east-1::snapshot/snap-0ffffffffffffffff"] }, server)).toHaveLength(1);
  });
});

const changed = (name: string, detail: Record<string, unknown>): Event => {
  const event = sample(name);
  return { ...event, detail: { ...event.detail, ...detail } };
};
const keyObject = (bucket: string, object: string) => changed("key-object-created", { bucket: { name: bucket }, object: { key: object } });

describe("AWS's word on health", () => {
  test.each([
    ["a stop", "AWS_EC2_INSTANCE_STOP_SCHEDULED"],
    ["a reboot", "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED"],
    ["maintenance of the network", "AWS_EC2_INSTANCE_NETWORK_MAINTENANCE_SCHEDULED"],
    ["the end of an instance on EBS", "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED"],
    ["maintenance of the host", "AWS_EC2_SYSTEM_MAINTENANCE_EVENT"],
  ])("on %s is heard", (_what, eventTypeCode) => {
    for (const topology of [pair, server]) expect(matching(changed("health-retirement", { eventTypeCode }), topology)).toEqual(["steward-demo-health-event"]);
  });

  test("on a database is heard by a pair alone, and names it bare", () => {
    const affectedEntities = [{ entityValue: "arn:aws:rds:us-east-1:123456789012:db:steward-demo" }];
    const event = changed("health-retirement", { service: "RDS", eventTypeCode: "AWS_RDS_MAINTENANCE_SCHEDULED", affectedEntities });
    expect(matching(event)).toEqual(["steward-demo-health-event"]);
    expect(matching(event, server)).toEqual([]);
    const trigger = triggerOf("health-event");
    expect(trigger.hint(trigger.schema.parse(event))).toEqual({ kind: "health", entities: ["steward-demo"] });
  });

  test.each([
    ["of another region, delivered here as its backup", { eventRegion: "us-west-2", backupEvent: "true" }],
    ["of another account of the organisation", { affectedAccount: "999999999999" }],
    ["of a dedicated host", { eventTypeCode: "AWS_EC2_DEDICATED_HOST_RETIREMENT_SCHEDULED" }],
    ["that only informs", { eventTypeCategory: "accountNotification" }],
    ["that everybody hears", { eventScopeCode: "PUBLIC" }],
  ])("%s is not heard", (_what, detail) => {
    expect(matching(changed("health-retirement", detail))).toEqual([]);
  });

  test("that names nothing is read all the same", () => {
    const trigger = triggerOf("health-event");
    expect(trigger.hint(trigger.schema.parse(changed("health-retirement", { affectedEntities: undefined })))).toEqual({ kind: "health", entities: [] });
  });
});

describe("the key object", () => {
  test.each([
    ["another object of the package bucket", keyObject("steward-123456789012-demo-packages", "packages/persistent/encryption/rstudio-pm.key")],
    ["an object beside it", keyObject("steward-123456789012-demo-packages", "persistent/encryption/rstudio-pm.key.bak")],
    ["the same key in another stage's bucket", keyObject("steward-123456789012-prod-packages", key.key)],
  ])("is not %s", (_what, event) => {
    expect(matching(event)).toEqual([]);
  });

  test("lies in the operator's own bucket and folder where there are such", () => {
    const own = haTopology("demo", { storage: { bucket: "our-packages", prefix: "ppm" } });
    expect(matching(keyObject("our-packages", `ppm/${key.key}`), own)).toEqual(["steward-demo-key-object-changed"]);
    expect(matching(keyObject("our-packages", key.key), own)).toEqual([]);
    expect(matching(sample("key-object-created"), own)).toEqual([]);
  });
});

test.each(["BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"])("an image that is %s is no news", (status) => {
  expect(matching(changed("image-available", { state: { status } }))).toEqual([]);
});

test("a build that somebody cancelled has ended too", () => {
  expect(matching(changed("image-available", { state: { status: "CANCELLED" } }))).toEqual(["steward-demo-image-state"]);
});

test("an image whose name only begins like ours is somebody else's", () => {
  expect(matching({ ...sample("image-available"), resources: [image.arn.replace("demo-node/", "demo-node-next/")] })).toEqual([]);
});

describe("wrong shapes are refused", () => {
  test.each([
    ["an alarm state that does not exist", "alarm-changed", changed("alarm-in-alarm", { state: { value: "PANIC", timestamp: "x" } })],
    ["an alarm without a name", "alarm-changed", changed("alarm-in-alarm", { alarmName: undefined })],
    ["an instance id that is none", "lifecycle-action", changed("lifecycle-launch", { EC2InstanceId: "i-1; rm -rf /" })],
    ["a group name that is no text", "group-activity", changed("launch-successful", { AutoScalingGroupName: ["steward-demo"] })],
    ["a database event without a message", "database-event", changed("database-failover", { Message: undefined })],
    ["a parameter without a name", "parameter-changed", changed("parameter-updated", { name: null })],
    ["a health event of another service", "health-event", changed("health-retirement", { service: "S3" })],
    ["a health event whose entity has no value", "health-event", changed("health-retirement", { affectedEntities: [{ status: "PENDING" }] })],
    ["an image state that does not exist", "image-state", changed("image-available", { state: { status: "PERFECT" } })],
    ["an image's event without the image", "image-state", { ...sample("image-available"), resources: [] }],
    ["another object's change", "key-object-changed", keyObject("steward-123456789012-demo-packages", "rstudio-pm.key")],
    ["an object without a key", "key-object-changed", changed("key-object-created", { object: {} })],
    ["a snapshot's event without the snapshot", "ebs-snapshot", { ...sample("snapshot-succeeded"), resources: [] }],
    ["a snapshot whose id is none", "ebs-snapshot", { ...sample("snapshot-succeeded"), resources: ["arn:aws:ec2:us-east-1::snapshot/all"] }],
    ["a snapshot's event with another end", "ebs-snapshot", changed("snapshot-succeeded", { result: "perhaps" })],
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

test("a health event that names nobody leads to a look, too", () => {
  const { affectedEntities: _nobody, ...detail } = sample("health-retirement").detail;
  const health = EVENT_TRIGGERS.find(({ id }) => id === "health-event") as unknown as Trigger;
  expect(health.hint(health.schema.parse({ ...sample("health-retirement"), detail }))).toEqual({ kind: "health", entities: [] });
});

test("what only the pair has is listened to by the pair alone, in whatever folder it keeps its packages", () => {
  const keyObject = EVENT_TRIGGERS.find(({ id }) => id === "key-object-changed");
  expect(keyObject?.pattern(names("demo"), singleSettings(), "demo")).toEqual({});
  const pattern = JSON.stringify(keyObject?.pattern(names("demo"), haSettings({ storage: { prefix: "ppm" } }), "demo"));
  expect(pattern).toContain("ppm/persistent/encryption/rstudio-pm.key");
});

test("an alarm that merely has data now, or has none any longer, is left to the sweep", () => {
  const event = sample("alarm-in-alarm");
  const changed = (previous: string, state: string) => ({ ...event, detail: { ...event.detail, previousState: { value: previous }, state: { value: state } } });
  const heard = (previous: string, state: string) => matching(changed(previous, state)).length;
  expect([heard("INSUFFICIENT_DATA", "OK"), heard("OK", "INSUFFICIENT_DATA")]).toEqual([0, 0]);
  expect([heard("INSUFFICIENT_DATA", "ALARM"), heard("OK", "ALARM"), heard("ALARM", "OK"), heard("ALARM", "INSUFFICIENT_DATA")]).toEqual([1, 1, 1, 1]);
});
