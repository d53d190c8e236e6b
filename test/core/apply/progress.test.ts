import { milliseconds } from "@steward/core/apply/duration";
import { closenessFor, DEADLINES } from "@steward/core/apply/progress";
import type { Progress } from "@steward/core/apply/step-progress";
import type { FleetFacts, NodeFacts } from "@steward/core/fleet/facts";
import type { CommandReceipt } from "@steward/core/fleet/probe";
import type { Change, Step } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { FIRST, healthyFleet, NOW, node, reports, SECOND, THIRD } from "../builders.ts";
import { base, done, due, impossible, judge, KEY, pending, vanished } from "./judge.ts";

const unhealthy = { target: { state: "unhealthy", reason: null } } as const;

const receipt = (outcome: CommandReceipt["outcome"], but: Partial<CommandReceipt> = {}): CommandReceipt => ({
  key: KEY,
  verb: "restart",
  epoch: 1,
  at: NOW,
  outcome,
  ...but,
});
const said = (...receipts: CommandReceipt[]): Partial<NodeFacts> => ({ probe: reports({ receipts }) });
const silent: Partial<NodeFacts> = { probe: { kind: "unknown", because: "the agent does not answer" } };
const gone: Partial<NodeFacts> = { lifecycle: null, ec2: "terminated", target: null };
const serving = (instanceId: string) => node({ instanceId });

describe("a restart", () => {
  const restart: Step = { do: "restart-service", ...base };

  test.each<[string, Partial<NodeFacts> | undefined, boolean, Progress]>([
    ["is due on a node that knows nothing of it", {}, false, due],
    ["is due although the node did another one", said(receipt("done", { key: "another" })), false, due],
    ["is due on a node that is silent", silent, false, due],
    ["is under way once it was sent", {}, true, pending(`${FIRST} is restarting Package Manager`)],
    ["is under way when the node says so, even if this run does not know", said(receipt("running")), false, pending(`${FIRST} is restarting Package Manager`)],
    ["is done when the node says so", said(receipt("done")), true, done],
    [
      "is impossible when the node failed",
      said(receipt("failed", { because: "systemd: timeout" })),
      true,
      impossible(`${FIRST} failed the command: systemd: timeout`),
    ],
    ["is impossible when the node refused", said(receipt("refused")), true, impossible(`${FIRST} refused the command`)],
    ["is impossible on a node that is gone", gone, false, vanished],
    ["is impossible on a node that nobody knows", undefined, false, vanished],
  ])("%s", (_what, first, applied, progress) => {
    expect(judge(restart, first, { applied })).toEqual(progress);
  });
});

describe("convergence", () => {
  const converge: Step = { do: "converge", ...base };
  const old = (...receipts: CommandReceipt[]): Partial<NodeFacts> => ({ probe: reports({ version: "2025.12.0-1", receipts }) });
  const difference = "installed version is 2025.12.0-1, not 2026.04.0-21";

  test.each<[string, Partial<NodeFacts> | undefined, boolean, Progress]>([
    ["is done when the node equals the desired state, whoever saw to it", {}, false, done],
    ["is due on a node that differs", old(), false, due],
    ["is under way once it was sent", old(), true, pending(`${FIRST}: ${difference}`)],
    ["waits for a node that has not reported", silent, false, pending(`${FIRST} has not reported yet`)],
    ["waits for a node that nobody asked", { probe: { kind: "not-asked" } }, true, pending(`${FIRST} has not reported yet`)],
    ["is impossible when the node says done and still differs", old(receipt("done")), true, impossible(`${FIRST} converged, yet ${difference}`)],
    ["is impossible when the node failed", old(receipt("failed", { because: "no key" })), true, impossible(`${FIRST} failed the command: no key`)],
    ["is impossible on a node that is gone", gone, false, vanished],
    ["is impossible on a node that EC2 ends while it waits", { ...silent, ec2: "shutting-down" }, false, vanished],
    ["is impossible on a node that leaves", { ...old(), lifecycle: "Terminating:Wait" }, false, vanished],
    ["is due on a node that the group does not list yet", { ...old(), lifecycle: null }, false, due],
    ["waits for a node that EC2 does not know yet", { ...silent, ec2: null }, false, pending(`${FIRST} has not reported yet`)],
    ["is impossible on a node that nobody knows", undefined, false, vanished],
  ])("%s", (_what, first, applied, progress) => {
    expect(judge(converge, first, { applied })).toEqual(progress);
  });
});

describe("isolation", () => {
  const isolate = (keepDesired: boolean): Step => ({ do: "isolate", ...base, keepDesired });
  const enough = [serving(SECOND), serving(THIRD)];

  test.each<[string, Partial<NodeFacts> | undefined, Progress]>([
    ["is due on a node in service that serves nobody", unhealthy, due],
    ["is impossible on a node that serves again: it may be the last one", {}, impossible(`${FIRST} serves again: it stays`)],
    ["is done on a node in Standby that left the balancer", { lifecycle: "Standby", target: null }, done],
    ["is done when the balancer calls it unused", { lifecycle: "Standby", target: { state: "unused", reason: null } }, done],
    [
      "waits in Standby until its requests have run out",
      { lifecycle: "Standby", target: { state: "draining", reason: null } },
      pending(`${FIRST} is still draining`),
    ],
    ["waits while the node enters Standby", { lifecycle: "EnteringStandby" }, pending(`${FIRST} is EnteringStandby`)],
    ["is done when the node is on its way out anyway", { lifecycle: "Terminating:Wait" }, done],
    ["is done when the node is gone", gone, done],
    ["is done when nobody knows the node", undefined, done],
    ["waits for a machine that runs outside its group", { lifecycle: null }, pending(`${FIRST} is null`)],
  ])("%s", (_what, first, progress) => {
    expect(judge(isolate(true), first)).toEqual(progress);
  });

  test("is not done twice: the group needs a moment to show it", () => {
    expect(judge(isolate(true), {}, { applied: true })).toEqual(pending(`${FIRST} is leaving the balancer`));
  });

  test("of a node that serves waits until enough others do", () => {
    expect(judge(isolate(false), {})).toEqual(pending(`1 other nodes serve, 2 should before ${FIRST} leaves`));
    expect(judge(isolate(false), {}, { beside: enough })).toEqual(due);
  });

  test("of a node that serves nobody waits for no one", () => {
    expect(judge(isolate(true), unhealthy, { beside: [] })).toEqual(due);
  });
});

describe("a drain", () => {
  const drain: Step = { do: "drain", ...base };
  const out = { lifecycle: "Terminating:Wait", target: null } as const;

  test.each<[string, Partial<NodeFacts> | undefined, boolean, Progress]>([
    ["is due once the node is out of the balancer", out, false, due],
    [
      "waits while the balancer lets requests run out",
      { ...out, target: { state: "draining", reason: null } },
      false,
      pending(`${FIRST} still finishes requests (draining)`),
    ],
    ["is under way once it was sent", out, true, pending(`${FIRST} is finishing its work`)],
    ["is done when the node says so", { ...out, ...said(receipt("done")) }, true, done],
    ["is done where the service does not run", { ...out, probe: reports({ service: { state: "inactive", since: null } }) }, false, done],
    ["is done where nobody gets an answer", { ...out, probe: reports({ ping: { kind: "timeout" } }) }, false, done],
    ["is due where people get errors: there may be work in flight", { ...out, probe: reports({ ping: { kind: "answer", status: 503, ms: 1 } }) }, false, due],
    ["is done on a machine that stops", { ...out, ec2: "shutting-down", target: { state: "draining", reason: null } }, false, done],
    ["is done on a node that does not answer: it can't hold the fleet", { ...out, ...silent }, false, done],
    ["is due on a node that nobody asked", { ...out, probe: { kind: "not-asked" } }, false, due],
    ["is done on a node that is gone", gone, false, done],
    ["is done on a node that nobody knows", undefined, false, done],
    ["is impossible when the node failed", { ...out, ...said(receipt("failed")) }, true, impossible(`${FIRST} failed the command`)],
  ])("%s", (_what, first, applied, progress) => {
    expect(judge(drain, first, { applied })).toEqual(progress);
  });

  test("is due at once on a single server, before which there is no balancer to be out of", () => {
    expect(judge(drain, { lifecycle: "Terminating:Wait" }, { beside: [], topology: "single" })).toEqual(due);
  });
});

test.each([
  [3, due],
  [2, done],
])("a desired capacity of %i beside the group's 2 is %o", (wanted, progress) => {
  expect(judge({ do: "set-desired-capacity", desired: wanted, because: "" }, {})).toEqual(progress);
});

describe("a desired capacity that is lowered", () => {
  const lower: Step = { do: "set-desired-capacity", desired: 2, because: "" };
  const group = { ...healthyFleet().group, desired: 3 };
  const starting = [{ id: "a", description: "Launching", cause: "", status: "PreInService", startedAt: NOW }];

  test("is due while no node too many is there, whatever leaves or stands by", () => {
    const beside = [serving(SECOND), ...["Terminating:Wait", "Standby", null].map((lifecycle) => node({ instanceId: THIRD, lifecycle }))];
    expect(judge(lower, {}, { group, beside })).toEqual(due);
  });

  test.each<[string, Partial<FleetFacts> & { beside?: NodeFacts[] }]>([
    ["a third one is coming up", { group, beside: [serving(SECOND), node({ instanceId: THIRD, lifecycle: "Pending:Wait" })] }],
    ["the group is launching", { group: { ...group, activities: starting } }],
  ])("waits while %s: the group would choose which one goes", (_what, but) => {
    expect(judge(lower, {}, but)).toEqual(pending("the group has 3 nodes or is about to"));
  });
});

test("a lineage is remembered until it is on the record as it should be", () => {
  const remember: Step = { do: "remember-lineage", ...base, ancestor: SECOND };
  expect(judge(remember, {})).toEqual(due);
  expect(judge(remember, {}, { lineage: { [FIRST]: THIRD } })).toEqual(due);
  expect(judge(remember, {}, { lineage: { [FIRST]: SECOND } })).toEqual(done);
});

describe("the answer to a lifecycle hook", () => {
  const go: Step = { do: "complete-lifecycle", ...base, hook: "steward-demo-admit", result: "CONTINUE" };

  test.each<[string, Partial<NodeFacts> | undefined, Progress]>([
    ["is due while the node waits for admission", { lifecycle: "Pending:Wait", target: null }, due],
    ["waits while the node proceeds", { lifecycle: "Pending:Proceed", target: null }, pending(`${FIRST} is Pending:Proceed`)],
    ["waits for the balancer's first checks", { target: { state: "initial", reason: null } }, pending(`${FIRST} waits for the balancer's health check`)],
    ["is done when the node serves", {}, done],
    ["is impossible when the node goes: the terminate hook is another's", { lifecycle: "Terminating:Wait" }, vanished],
    ["is impossible when the group no longer has the node", { lifecycle: null }, vanished],
    ["is impossible when the node is gone", gone, vanished],
    ["is impossible when nobody knows the node", undefined, vanished],
  ])("to let a node in %s", (_what, first, progress) => {
    expect(judge(go, first)).toEqual(progress);
  });

  test.each<[string, Partial<NodeFacts> | undefined, Progress]>([
    ["is due while it waits for admission", { lifecycle: "Pending:Wait", target: null }, due],
    ["is done when it goes", { lifecycle: "Terminating:Wait" }, done],
    ["is done when nobody knows it", undefined, done],
  ])("to send a node away %s", (_what, first, progress) => {
    expect(judge({ ...go, result: "ABANDON" }, first)).toEqual(progress);
  });

  test.each<[string, Partial<NodeFacts> | undefined, Progress]>([
    ["is due while it waits for that", { lifecycle: "Terminating:Wait", target: null }, due],
    ["waits until it does", { lifecycle: "Terminating" }, pending(`${FIRST} is Terminating`)],
    ["is done when it goes", { lifecycle: "Terminating:Proceed" }, done],
    ["is done when nobody knows it", undefined, done],
  ])("to let a node go %s", (_what, first, progress) => {
    expect(judge({ ...go, hook: "steward-demo-retire" }, first)).toEqual(progress);
  });
});

describe("the retirement of a replaced node", () => {
  const retire: Step = { do: "retire", ...base };
  const standby = { lifecycle: "Standby", target: null } as const;
  const enough = [serving(SECOND), serving(THIRD)];

  test.each<[string, Partial<NodeFacts> | undefined, { applied?: boolean; beside?: NodeFacts[] }, Progress]>([
    ["is due when enough others serve", standby, { beside: enough }, due],
    ["waits for its stand-in", standby, {}, pending(`1 of 2 nodes serve; ${FIRST} goes when its stand-in does`)],
    ["is due when its stand-in serves and another fell sick meanwhile", standby, { beside: [serving(SECOND), node({ instanceId: THIRD, ...unhealthy })] }, due],
    [
      "waits for the first checks of its stand-in",
      standby,
      { beside: [serving(SECOND), node({ instanceId: THIRD, target: { state: "initial", reason: null } })] },
      pending(`1 of 2 nodes serve; ${FIRST} goes when its stand-in does`),
    ],
    [
      "waits while nobody serves",
      standby,
      { beside: [SECOND, THIRD].map((instanceId) => node({ instanceId, ...unhealthy })) },
      pending(`0 of 2 nodes serve; ${FIRST} goes when its stand-in does`),
    ],
    ["is not done twice", standby, { beside: enough, applied: true }, pending(`${FIRST} is leaving`)],
    ["waits while the node goes", { lifecycle: "Terminating:Wait", target: null }, { beside: enough }, pending(`${FIRST} is Terminating:Wait`)],
    ["waits while the machine stops outside its group", { lifecycle: null, target: null }, { beside: enough }, pending(`${FIRST} is running`)],
    ["is done when the node is gone", gone, {}, done],
    ["is done when nobody knows the node", undefined, {}, done],
  ])("%s", (_what, first, but, progress) => {
    expect(judge(retire, first, but)).toEqual(progress);
  });
});

const CHANGES = Object.keys(DEADLINES) as Change[];

test("every step that commands a node asks the node how far it is", () => {
  const asking = (closeness: string) => CHANGES.filter((change) => closenessFor(change) === closeness).sort();
  expect(asking("everybody")).toEqual(["converge", "converge-copy", "drain", "init-database", "restart-service"]);
  expect(asking("nobody")).toEqual([
    "clear-left-snapshots",
    "copy-snapshots",
    "deregister-image",
    "disable-image",
    "lock-snapshots",
    "prune-copies",
    "prune-snapshots",
    "take-snapshots",
  ]);
});

test("every step has a deadline", () => {
  for (const deadline of Object.values(DEADLINES)) expect(milliseconds(deadline)).toBeGreaterThan(0);
});
