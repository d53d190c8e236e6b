import { readdirSync } from "node:fs";
import { InvalidEvent } from "@steward/core/errors";
import type { Hint } from "@steward/core/triggers/trigger";
import { recognise } from "@steward/functions/recognise";
import { describe, expect, test } from "vitest";
import { sample } from "./a-runtime.ts";

const here = { stage: "demo", alarms: new Set(["steward-demo-unhealthy-hosts"]) };
const refusal = (event: unknown): InvalidEvent => {
  try {
    recognise(event, here);
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
  scheduled: { kind: "sweep" },
};
const files = readdirSync(new URL("../../events/", import.meta.url)).filter((file) => file.endsWith(".json"));

test("knows every sample that is not somebody else's", () => {
  expect(files.filter((file) => !file.startsWith("others-")).toSorted()).toEqual(
    Object.keys(OURS)
      .map((name) => `${name}.json`)
      .toSorted(),
  );
});

test.each(Object.entries(OURS))("%s says where to look", (name, hint) => {
  expect(recognise(sample(name), here)).toEqual(hint);
});

describe("refuses, with words that name what is wrong,", () => {
  test.each<[string, unknown, RegExp]>([
    ["another stage's alarm", sample("others-alarm"), /^unknown alarm \S+; this stage owns steward-demo-unhealthy-hosts$/],
    ["another group's node", sample("others-lifecycle-launch"), /^group \S+ is another fleet's; this one is steward-demo$/],
    ["another group's end of a node", sample("others-terminate-successful"), /^group \S+ is another fleet's; this one is steward-demo$/],
    [
      "another fleet's parameter",
      sample("others-parameter-updated"),
      /^parameter \S+ is another fleet's; this one reads \/steward\/demo\/switch and \/steward\/demo\/desired$/,
    ],
    ["another database", sample("others-database-failover"), /^database \S+ is another fleet's; this one is steward-demo$/],
    ["an alarm of this stage that it does not own", sample("alarm-in-alarm", { alarmName: "steward-demo-surprise" }), /^unknown alarm steward-demo-surprise;/],
    ["no event at all", "hello", /^not an EventBridge event: source and detail-type are missing$/],
    ["nothing", null, /^not an EventBridge event/],
    [
      "an event of a kind that nobody takes",
      { ...sample("scheduled"), source: "aws.s3", "detail-type": "Object Created" },
      /^no trigger takes this Object Created/,
    ],
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
