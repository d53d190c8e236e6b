import { goesWrong, isHandled, justAfterSweep } from "@steward/cli/scenarios/scenario";
import { belongings, bringNewServer, byHand, launched, theServer, twoSweeps } from "@steward/cli/scenarios/server";
import { Stage } from "@steward/cli/simulation/stage";
import { beforeEach, describe, expect, test } from "vitest";
import { WAYS_DOWN } from "./ways-down.ts";

let stage: Stage;
let server: string;
beforeEach(async () => {
  stage = await Stage.open(23, { topology: "single" });
  await byHand(stage, (operator) =>
    operator("sns", "Subscribe", { TopicArn: stage.deployed.topicArns.pager, Protocol: "sqs", Endpoint: "arn:aws:sqs:us-east-1:123456789012:pager" }),
  );
  await justAfterSweep(stage);
  server = theServer(stage);
});

/** Alarms that CloudWatch told an audience of, since a time. */
const alarmsTold = (audience: "people" | "pager", since: number): string[] =>
  (stage.world.sns.topics.get(stage.deployed.topicArns[audience])?.subscriptions ?? [])
    .flatMap(({ delivered }) => delivered)
    .flatMap(({ at, message }) => (at.getTime() > since ? [...message.matchAll(/"AlarmName":"steward-demo-([a-z-]+)".*?"NewStateValue":"(\w+)"/g)] : []))
    .map(([, name, state]) => `${name} ${state}`);
const movesOf = (operations: string[], from: number) => stage.world.account.record.slice(from).filter(({ operation }) => operations.includes(operation));
const MOVES = ["AttachVolume", "DetachVolume", "DeleteVolume", "AssociateAddress", "DisassociateAddress", "RunInstances"];
const subjects = () => stage.announcements.map(({ subject = "" }) => subject);

/** Steward is away, the server's instance goes, and an hour passes. */
async function anHourWithout(down: (stage: Stage) => Promise<void>, goes: "kill" | "stop"): Promise<void> {
  const [before, from] = [Date.now(), stage.world.account.record.length];
  await down(stage);
  goesWrong(stage, goes, { instanceId: server });
  await stage.run({ minutes: 60 });
  expect(launched(stage)).toEqual([server]);
  expect(movesOf(MOVES, from)).toEqual([]);
  expect(subjects()).toEqual([]);
  expect(alarmsTold("people", before)).toEqual(expect.arrayContaining(["service-down ALARM", "sweep-silent ALARM"]));
  expect(alarmsTold("pager", before).sort()).toEqual(["keep-snapshots-silent ALARM", "service-down ALARM", "sweep-silent ALARM"]);
}

/** Steward is back: it pages once, in words that are true of a single server, and moves nothing. */
async function isPagedOnce(back: (stage: Stage) => Promise<void>): Promise<void> {
  const from = stage.world.account.record.length;
  await back(stage);
  await stage.run({ minutes: 30 });
  expect(subjects()).toEqual([`[demo] Steward needs you: the server no longer runs; nothing replaces it, ${server}`]);
  expect(stage.chronicle.incidents.map(({ state, refusals }) => [state, refusals.map(({ guard }) => guard)])).toEqual([["paged", ["server-volume"]]]);
  expect(stage.chronicle.attempts).toEqual([]);
  expect(movesOf(MOVES, from)).toEqual([]);
  expect(launched(stage)).toEqual([server]);
}

function isWellAgain(instanceId: string): void {
  expect(stage.serving).toEqual([instanceId]);
  expect(belongings(stage)).toEqual({ volume: instanceId, address: instanceId });
  expect(stage.chronicle.incidents.filter((incident) => !isHandled(incident))).toEqual([]);
  expect(subjects().at(-1)).toMatch(/^\[demo\] Recovered/);
  expect(stage.invariants.violations).toEqual([]);
}

describe.each(WAYS_DOWN)("while %s", (_, { down, back }) => {
  test("a server whose instance is gone is left to people: its volume and its address wait, and all is well once a human has brought another", async () => {
    await anHourWithout(down, "kill");
    expect(belongings(stage)).toEqual({ volume: undefined, address: undefined });
    await isPagedOnce(back);
    expect(belongings(stage)).toEqual({ volume: undefined, address: undefined });
    await bringNewServer(stage, server);
    await twoSweeps(stage);
    expect(launched(stage)).toHaveLength(2);
    isWellAgain(launched(stage)[1] ?? "");
  });

  test("a server that was stopped keeps what it has, and all is well once a human has started it", async () => {
    await anHourWithout(down, "stop");
    expect(belongings(stage)).toEqual({ volume: server, address: server });
    await isPagedOnce(back);
    await byHand(stage, (operator) => operator("ec2", "StartInstances", { InstanceIds: [server] }));
    await twoSweeps(stage);
    isWellAgain(server);
  });
});

test("a new server that comes while Steward is away waits for it in its hook, and nothing is moved before", async () => {
  const [, { down, back }] = WAYS_DOWN[0] ?? expect.fail("there is no way");
  await down(stage);
  const from = stage.world.account.record.length;
  await byHand(stage, (operator) =>
    operator("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: server, ShouldDecrementDesiredCapacity: false }),
  );
  await stage.run({ minutes: 60 });
  expect(movesOf(MOVES, from).filter(({ functionName }) => functionName)).toEqual([]);
  expect(stage.serving).toEqual([]);
  expect(launched(stage)).toHaveLength(2);
  await back(stage);
  await stage.run({ minutes: 30 });
  expect(stage.serving).toEqual([launched(stage)[1]]);
  expect(stage.chronicle.incidents.every(isHandled)).toBe(true);
  expect(stage.invariants.violations).toEqual([]);
});
