import { invocation } from "@steward/core/approval/invocation";
import { mayApprove, whatChanged } from "@steward/core/approval/judge";
import { planHash, type StoredPlan } from "@steward/core/approval/stored-plan";
import { defaultPolicy } from "@steward/core/fleet/policy";
import { approvalRequired } from "@steward/core/guards/approval-required";
import { type Intent, THE_FLEET } from "@steward/core/guards/guard";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ago, healthyFleet, hence, justAfter, NOW, runRecord } from "../builders.ts";
import { approval } from "../restore/builders.ts";

const plan = (but: Partial<StoredPlan> = {}): StoredPlan => ({ ...approval(), words: ["a word"], approved: null, ...but });
const approved = { at: ago({ minutes: 5 }), by: "ada", reason: "we have to", run: "demo-request-x-1" };

describe("the hash of a plan", () => {
  const values = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null)));

  test("does not depend on the order in which facts were read", () => {
    fc.assert(
      fc.property(values, (restsOn) => {
        const turned = Object.fromEntries(Object.entries(restsOn).toReversed());
        expect(planHash("restore-volume", { input: {}, restsOn: turned })).toBe(planHash("restore-volume", { input: {}, restsOn }));
      }),
    );
  });

  test("is another one for another input, fact or runbook", () => {
    const hashes = [
      planHash("restore-volume", { input: { snapshotId: "a" }, restsOn: { server: "x" } }),
      planHash("restore-volume", { input: { snapshotId: "b" }, restsOn: { server: "x" } }),
      planHash("restore-volume", { input: { snapshotId: "a" }, restsOn: { server: null } }),
      planHash("prune-images", { input: { snapshotId: "a" }, restsOn: { server: "x" } }),
    ];
    expect(new Set(hashes).size).toBe(4);
  });
});

describe("an approval", () => {
  test("is given to a plan that waits, once", () => {
    expect(mayApprove(plan(), [], NOW)).toMatchObject({ kind: "first" });
  });

  test("is given to none that is unknown or has waited for too long", () => {
    expect(mayApprove(undefined, [], NOW)).toEqual({ kind: "no", because: expect.stringContaining("no plan with this hash") });
    expect(mayApprove(plan({ expiresAt: NOW }), [], NOW)).toEqual({ kind: "no", because: expect.stringContaining("had to be approved before") });
    expect(mayApprove(plan({ expiresAt: justAfter(NOW) }), [], NOW)).toMatchObject({ kind: "first" });
  });

  test("that is repeated is the same run until that has ended", () => {
    const run = runRecord({ name: approved.run });
    expect(mayApprove(plan({ approved }), [], NOW)).toMatchObject({ kind: "again" });
    expect(mayApprove(plan({ approved }), [run], NOW)).toMatchObject({ kind: "again" });
    const ended = { ...run, endedAt: NOW, outcome: "done" };
    expect(mayApprove(plan({ approved }), [ended], NOW)).toEqual({ kind: "no", because: expect.stringMatching(/^ada approved .* has ended \(done\)/) });
  });
});

describe("what has changed", () => {
  test("is named with what it was and what it is", () => {
    const is = { input: { snapshotId: "snap-0b" }, restsOn: { ...plan().restsOn, server: null } };
    expect(whatChanged(plan(), is)).toEqual([expect.stringMatching(/^server was i-\w+, and is nothing$/), "snapshotId was snap-0a, and is snap-0b"]);
    expect(whatChanged(plan({ restsOn: {} }), { input: plan().input, restsOn: { server: "i-1" } })).toEqual(["server was nothing, and is i-1"]);
  });

  test("is nothing where the same would be done, and all where nothing can be", () => {
    expect(whatChanged(plan(), plan())).toEqual([]);
    expect(whatChanged(plan(), "there is no snapshot")).toEqual(["nothing can be done any more: there is no snapshot"]);
  });
});

describe("what has to be approved", () => {
  const intent = (but: Partial<Intent> = {}): Intent => ({
    runbook: "restore-volume",
    instanceId: THE_FLEET,
    disrupts: true,
    execution: null,
    resumes: false,
    approval: approval().hash,
    ...but,
  });
  const refused = (approvals = [approval()], but: Partial<Intent> = {}) => approvalRequired(healthyFleet({ approvals }), intent(but), defaultPolicy, NOW);

  test("begins with an approved plan on the ledger", () => {
    expect(refused()).toBeUndefined();
  });

  test.each([
    ["none", [], {}],
    ["one that nobody has approved", [approval({ approved: null })], {}],
    ["one of another runbook", [approval({ runbook: "prune-images" })], {}],
    ["another one", [approval()], { approval: "0".repeat(64) }],
  ] as const)("does not begin with %s", (_what, approvals, but) => {
    expect(refused([...approvals], but)).toMatchObject({
      verdict: "refuse",
      guard: "approval-required",
      because: expect.stringContaining("no person has approved"),
    });
  });

  test("does not begin once the plan is too old, and goes on though it is", () => {
    const old = [approval({ expiresAt: NOW })];
    expect(refused(old)).toMatchObject({ verdict: "refuse", because: expect.stringContaining("held until") });
    expect(refused([approval({ expiresAt: hence({ seconds: 1 }) })])).toBeUndefined();
    expect(refused(old, { resumes: true })).toBeUndefined();
  });

  test("asks no other runbook for anything", () => {
    expect(refused([], { runbook: "restart-service" })).toBeUndefined();
  });
});

test("a person is told the exact command", () => {
  expect(invocation("demo", "approve", { hash: "abc" })).toContain(
    `--function-name steward-demo-approve --cli-binary-format raw-in-base64-out --payload '{"hash":"abc"}'`,
  );
});
