import { isHandled, justAfterSweep } from "@steward/cli/scenarios/scenario";
import { belongings, bringNewServer, byHand, launched, theServer, twoSweeps } from "@steward/cli/scenarios/server";
import { Stage } from "@steward/cli/simulation/stage";
import { fault } from "@steward/simulator/faults/registry";
import { beforeEach, expect, test } from "vitest";

const GROUP = "steward-demo";
let stage: Stage;
let server: string;
beforeEach(async () => {
  stage = await Stage.open(29, { topology: "single" });
  await justAfterSweep(stage);
  server = theServer(stage);
});

const bodies = () => stage.messages.filter((message) => stage.announcements.includes(message)).map(({ message }) => message);
const guards = () => stage.chronicle.incidents.flatMap(({ refusals }) => refusals.map(({ guard }) => guard));
/** What was done to servers, beside the snapshots that are made meanwhile. */
const ofServer = () => stage.chronicle.journal.flatMap(({ what }) => (/^(take|prune)-snapshots/.test(what) ? [] : [what]));
/** Words that are true of a pair behind a balancer alone. */
const OF_A_PAIR = /\b(of 2|other node|balancer|target is|group replaces|both)\b/;

test("one that a human ends through its group finishes its work, and the next one gets its volume and its address", async () => {
  await byHand(stage, (operator) =>
    operator("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: server, ShouldDecrementDesiredCapacity: false }),
  );
  await stage.run({ minutes: 15 });
  const [, fresh = ""] = launched(stage);
  expect(
    ofServer().map((what) =>
      what
        .replace(server, "it")
        .replace(fresh, "the next")
        .replace(/=(vol|eipalloc)-\w+/, ""),
    ),
  ).toEqual([
    "drain it",
    "complete-lifecycle it hook=steward-demo-retire result=CONTINUE",
    "attach-volume volumeId the next",
    "converge the next",
    "move-address allocationId the next",
    "complete-lifecycle the next hook=steward-demo-admit result=CONTINUE",
  ]);
  expect(guards()).toEqual([]);
  expect(belongings(stage)).toEqual({ volume: fresh, address: fresh });
});

test("one whose agent is lost is left alone while it serves, and people hear that it can't be asked", async () => {
  await stage.run({ minutes: 30 });
  stage.world.machines.get(server)?.loseAgent();
  await stage.run({ minutes: 30 });
  expect(stage.chronicle.attempts).toEqual([]);
  expect(bodies().at(-1)).toContain(`${server} can't be asked whether it serves`);
  expect(stage.serving).toEqual([server]);
  stage.world.machines.get(server)?.restoreAgent();
  await twoSweeps(stage);
  expect(stage.chronicle.incidents.every(isHandled)).toBe(true);
});

test("one whose status checks fail is left to people, who hear it from CloudWatch too", async () => {
  stage.world.machines.get(server)?.impair();
  await stage.run({ minutes: 30 });
  expect(stage.chronicle.incidents).toMatchObject([{ cause: "instance-impaired", state: "paged" }]);
  expect(guards()).toEqual(["server-volume"]);
  expect(stage.messages.map(({ subject }) => subject)).toContainEqual(expect.stringContaining("steward-demo-service-down"));
  expect(belongings(stage)).toEqual({ volume: server, address: server });
});

test("a human has to end the old one and nothing more", async () => {
  const before = stage.world.account.record.length;
  await bringNewServer(stage, server);
  await twoSweeps(stage);
  const changes = stage.world.account.record
    .slice(before)
    .filter(
      ({ service, operation, functionName }) => functionName && service !== "dynamodb" && /^(Complete|Set|Enter|Terminate|Attach|Associate)/.test(operation),
    );
  expect(changes.map(({ operation }) => operation)).toEqual(["CompleteLifecycleAction", "AttachVolume", "AssociateAddress", "CompleteLifecycleAction"]);
  expect(stage.serving).toEqual([launched(stage)[1]]);
  expect(stage.chronicle.incidents.every(isHandled)).toBe(true);
  expect(stage.invariants.violations).toEqual([]);
});

test.each(["service-crash", "hang", "kill", "stop"])("words about a %s are true of a single server", async (id) => {
  stage.fault(id, (world) => fault(id).inject(world, { instanceId: server }));
  await stage.run({ minutes: 40 });
  expect(bodies().length).toBeGreaterThan(0);
  for (const body of bodies()) expect(body).not.toMatch(OF_A_PAIR);
  expect(stage.world.autoscaling.groups.get(GROUP)?.desired).toBe(1);
});
