import { readdirSync } from "node:fs";
import { InvalidEvent } from "@steward/core/errors";
import type { FunctionId } from "@steward/core/topology/control-spec";
import type { Hint } from "@steward/core/triggers/trigger";
import { recognise } from "@steward/functions/recognise";
import { describe, expect, test } from "vitest";
import { sample } from "./a-runtime.ts";

const here = { stage: "demo", alarms: new Set(["steward-demo-unhealthy-hosts"]) };
const refusal = (event: unknown, target: FunctionId = "observe"): InvalidEvent => {
  try {
    recognise(event, target, here);
  } catch (error) {
    if (error instanceof InvalidEvent) return error;
    throw error;
  }
  return expect.fail("it was taken");
};

const alarm: Hint = { kind: "alarm", alarm: "steward-demo-unhealthy-hosts" };
const instance: Hint = { kind: "instance", instanceId: "i-1234567890abcdef0", group: "steward-demo" };
const group: Hint = { kind: "group", group: "steward-demo" };
const database: Hint = { kind: "database", id: "steward-demo" };

const image: Hint = { kind: "image", arn: "arn:aws:imagebuilder:us-east-1:123456789012:image/steward-demo-node/1.0.0/1" };
const key: Hint = { kind: "key-object", key: "persistent/encryption/rstudio-pm.key" };

const snapshot: Hint = { kind: "snapshots", snapshotIds: ["snap-01234567"] };
const set: Hint = { kind: "snapshots", snapshotIds: ["snap-01234567", "snap-012345678"] };

const OURS: Record<string, Hint> = {
  "alarm-in-alarm": alarm,
  "alarm-in-ok": alarm,
  "lifecycle-launch": instance,
  "lifecycle-terminate": instance,
  "launch-successful": group,
  "launch-unsuccessful": group,
  "terminate-successful": group,
  "terminate-unsuccessful": group,
  "database-failover": database,
  "database-backup": database,
  "parameter-created": { kind: "parameter", name: "/steward/demo/switch" },
  "parameter-updated": { kind: "parameter", name: "/steward/demo/desired" },
  "parameter-deleted": { kind: "parameter", name: "/steward/demo/switch" },
  "health-retirement": { kind: "health", entities: ["i-1234567890abcdef0"] },
  "health-degraded": { kind: "health", entities: ["i-abcd1111"] },
  "image-available": image,
  "image-failed": image,
  "key-object-created": key,
  "key-object-deleted": key,
  scheduled: { kind: "sweep" },
  "snapshot-succeeded": snapshot,
  "snapshot-failed": snapshot,
  "snapshots-succeeded": set,
  "snapshots-failed": set,
};
/** Samples that are not `observe`'s. */
const SNAPSHOTS = ["snapshot-succeeded", "snapshot-failed", "snapshots-succeeded", "snapshots-failed"];
const files = readdirSync(new URL("../../events/", import.meta.url)).filter((file) => file.endsWith(".json"));

test("knows every sample that is not somebody else's", () => {
  expect(files.filter((file) => !file.startsWith("others-")).toSorted()).toEqual(
    Object.keys(OURS)
      .map((name) => `${name}.json`)
      .toSorted(),
  );
});

test.each(Object.entries(OURS))("%s says where to look", (name, hint) => {
  expect(recognise(sample(name), SNAPSHOTS.includes(name) ? "keep-snapshots" : "observe", here)).toEqual(hint);
});

test.each(["switch", "declared", "desired"])("takes a change of every parameter that the rule lets in: %s", (id) => {
  const name = `/steward/demo/${id}`;
  expect(recognise(sample("parameter-updated", { name }), "observe", here)).toEqual({ kind: "parameter", name });
});

test("what starts by time is each function's own", () => {
  expect(recognise(sample("scheduled"), "keep-snapshots", here)).toEqual({ kind: "keeping" });
});

test("an event that is another function's is refused, whoever sent it here", () => {
  for (const name of SNAPSHOTS) expect(refusal(sample(name)).message).toMatch(/^no trigger takes this EBS .* from aws\.ec2/);
  for (const name of ["alarm-in-alarm", "launch-successful"]) expect(refusal(sample(name), "keep-snapshots").message).toMatch(/^no trigger takes this /);
});

describe("refuses, with words that name what is wrong,", () => {
  test.each<[string, unknown, RegExp]>([
    ["another stage's alarm", sample("others-alarm"), /^unknown alarm \S+; this stage owns steward-demo-unhealthy-hosts$/],
    ["another group's node", sample("others-lifecycle-launch"), /^group \S+ is another fleet's; this one is steward-demo$/],
    ["another group's end of a node", sample("others-terminate-successful"), /^group \S+ is another fleet's; this one is steward-demo$/],
    [
      "another fleet's parameter",
      sample("others-parameter-updated"),
      /^parameter \S+ is another fleet's; this one reads \/steward\/demo\/switch, \/steward\/demo\/declared and \/steward\/demo\/desired$/,
    ],
    ["another database", sample("others-database-failover"), /^database \S+ is another fleet's; this one is steward-demo$/],
    ["an alarm of this stage that it does not own", sample("alarm-in-alarm", { alarmName: "steward-demo-surprise" }), /^unknown alarm steward-demo-surprise;/],
    ["no event at all", "hello", /^not an EventBridge event: source and detail-type are missing$/],
    ["nothing", null, /^not an EventBridge event/],
    [
      "an event of a kind that nobody takes",
      { ...sample("scheduled"), source: "aws.ec2", "detail-type": "EC2 Instance State-change Notification" },
      /^no trigger takes this EC2 Instance State-change Notification from aws.ec2/,
    ],
    ["another fleet's image", sample("others-image-available"), /^image \S+ is another fleet's; this one builds steward-demo-node$/],
    ["another object", sample("others-object-created"), /^no trigger takes this Object Created from aws.s3: .*not the object of the encryption key/],
    ["health of another service", sample("others-health-load-balancer"), /^no trigger takes this AWS Health Event from aws.health: .*detail\.service/],
    ["health of a whole region", sample("others-health-region"), /^no trigger takes this AWS Health Event from aws.health: .*detail\.eventScopeCode/],
    [
      "an alarm without a name",
      sample("alarm-in-alarm", { alarmName: undefined }),
      /^no trigger takes this CloudWatch .* from aws.cloudwatch: .*detail\.alarmName/,
    ],
    ["a node whose id is none", sample("lifecycle-launch", { EC2InstanceId: "node-1" }), /detail\.EC2InstanceId/],
  ])("%s", (_what, event, words) => {
    expect(refusal(event).message).toMatch(words);
    expect(refusal(event).message).not.toMatch(/\n/);
  });
});
