import { currentStage, firstDeployView, mayTry, stagesOf, standsStill } from "@steward/core/first-deploy/progress";
import { isFounding, isLate, reachedAt, type Stage } from "@steward/core/first-deploy/stages";
import type { Attempt } from "@steward/core/incidents/attempt";
import { describe, expect, test } from "vitest";
import { ago, attempt, healthyFleet, hence, justAfter, justBefore, NOW } from "../builders.ts";
import { before, build, KINDS, knowing, noted, policyFor, stageIds } from "./founding.ts";

const pair = policyFor("ha");
const stages = KINDS.flatMap((kind) => stagesOf({ topology: kind }).map((stage): [string, Stage] => [`${stage.id} of ${kind}`, stage]));

describe("lateness", () => {
  test.each(stages)("of %s begins right after its time", (_what, stage) => {
    const facts = noted(before("ha"), { reached: { [stage.id]: ago(stage.within) } });
    const at = (now: Date) => isLate({ ...facts, at: now }, stage);
    expect([justBefore(NOW), NOW, justAfter(NOW)].map(at)).toEqual([false, false, true]);
  });

  test("is nothing that a stage can be before anybody has noted that it was reached", () => {
    for (const stage of stagesOf(pair)) {
      expect(reachedAt(before("ha"), stage)).toBeUndefined();
      expect(isLate({ ...before("ha"), at: hence({ days: 30 }) }, stage)).toBe(false);
    }
  });

  test("is none of a stage that is come back to, however long ago it was reached, until that is noted", () => {
    const facts = noted(before("ha", "template"), { reached: { template: ago({ hours: 9 }), image: ago({ hours: 1 }) } });
    expect(stagesOf(pair).filter((stage) => isLate(facts, stage))).toEqual([]);
    expect(standsStill(facts, pair)).toBeUndefined();
    const failed = Array.from({ length: 3 }, () => attempt({ runbook: "first-deploy", outcome: "failed", startedAt: ago({ hours: 8 }) }));
    expect(standsStill({ ...facts, attempts: failed }, pair)).toBeUndefined();
  });

  test("is told of with what is waited for, since when, and what to do", () => {
    const facts = noted(before("ha", "secrets"), { reached: { image: ago({ hours: 30 }), secrets: ago({ hours: 25 }) } });
    expect(standsStill(facts, pair)).toBe(
      '"key, licence and logins are vaulted" has been waited for since 2026-05-03T02:00:00.000Z: ' +
        "the vault lacks encryption-key, database-login-a, database-login-b, fingerprint-salt; " +
        "to go on: npx steward secrets init --stage demo --offline-copy <file>",
    );
    const machine = noted(before("ha", "database"), { reached: { database: ago({ hours: 2 }) } });
    expect(standsStill(machine, pair)).toBe(
      '"the database is available" has been waited for since 2026-05-04T01:00:00.000Z: RDS says that the database is creating',
    );
    const acting = noted(before("ha", "template"), { reached: { template: ago({ hours: 2 }) } });
    expect(standsStill(acting, pair)).toContain("the launch template does not name the image yet");
  });

  test("of a stage that is over is nobody's business", () => {
    const facts = noted(before("ha", "first-serving"), { reached: { image: ago({ days: 2 }), "first-serving": ago({ minutes: 5 }) } });
    expect(standsStill(facts, pair)).toBeUndefined();
    expect(standsStill(before("ha"), pair)).toBeUndefined();
  });

  test("is not seen in a stage that only can't be read for a moment, and is in one that can't be read for long", () => {
    const since = (minutes: number) =>
      knowing(noted(before("ha", "fleet"), { reached: { image: ago({ days: 2 }), fleet: ago({ minutes }) } }), {
        unread: [{ what: "the vault", because: "throttled" }],
      });
    expect(standsStill(since(5), pair)).toBeUndefined();
    expect(standsStill(since(46), pair)).toContain('"the whole fleet serves"');
    expect(standsStill(since(46), pair)).toContain("I can't see enough: the vault (throttled)");
  });

  test("is not waited for where something has failed that only a person can mend: it is told at once", () => {
    const builds = [build({ state: "failed", reason: "apt-get failed" }), build({ state: "failed" })];
    const facts = noted({ ...before("ha", "image"), builds }, { reached: { image: ago({ hours: 2 }) } });
    expect(standsStill(facts, pair)).toContain("2 builds failed, the last one: apt-get failed; to go on: read the build's log");
    expect(firstDeployView(facts, pair)[0]).toMatchObject({ state: "now", late: false, todo: expect.stringContaining("read the build's log") });
  });

  test("is none where no first deploy is under way", () => {
    expect(isFounding(healthyFleet())).toBe(false);
    expect(standsStill(healthyFleet(), pair)).toBeUndefined();
  });
});

describe("a fleet that was raised from its first node", () => {
  const raised = noted(before("ha", "fleet"), { reached: { fleet: ago({ minutes: 1 }) } });
  const another = noted({ ...raised, images: [], database: null }, { written: null });

  test("goes on with its last stage, whatever a later deploy declares or takes away", () => {
    expect(currentStage(another, pair)?.stage.id).toBe("fleet");
    expect(currentStage({ ...before("ha"), firstDeploy: another.firstDeploy, images: [] }, pair)).toBeUndefined();
  });

  test("has all stages before it over for people too", () => {
    const view = firstDeployView(knowing(another, { filled: [] }), pair);
    expect(view.map(({ state, because, todo }) => [state, because, todo]).slice(0, -1)).toEqual(view.slice(0, -1).map(() => ["done", null, null]));
    expect(view.at(-1)).toMatchObject({ id: "fleet", state: "now" });
  });
});

describe("failures", () => {
  const reached = noted(before("ha", "template"), { reached: { image: ago({ hours: 3 }), template: ago({ minutes: 10 }) } });
  const failed = (minutes: number, but: Partial<Attempt> = {}) =>
    attempt({ runbook: "first-deploy", resource: "the fleet", startedAt: ago({ minutes }), outcome: "failed", because: `not authorized, ${minutes}`, ...but });
  const template = stagesOf(pair).find(({ id }) => id === "template") ?? expect.fail("there is no such stage");

  test("of the current stage are told of after the third, with the last reason, although there is time left", () => {
    const after = (...attempts: Attempt[]) => ({ ...reached, attempts });
    expect([mayTry(after(failed(9), failed(8)), template), standsStill(after(failed(9), failed(8)), pair)]).toEqual([true, undefined]);
    const three = after(failed(10), failed(9), failed(8));
    expect([mayTry(three, template), standsStill(three, pair)]).toEqual([
      false,
      '"nodes are launched from that image" failed 3 times, the last time: not authorized, 8; once that is mended, the runbook first-deploy goes on',
    ]);
  });

  test.each<[string, Partial<Attempt>]>([
    ["before it was reached", { startedAt: ago({ minutes: 11 }) }],
    ["that did not fail", { outcome: "done" }],
    ["of another runbook", { runbook: "admit-node" }],
  ])("%s do not count", (_what, but) => {
    const attempts = [failed(9), failed(8), failed(7, but)];
    expect(mayTry({ ...reached, attempts }, template)).toBe(true);
  });

  test("of a stage that nobody has noted yet do not count", () => {
    expect(mayTry({ ...before("ha", "template"), attempts: [failed(9), failed(8), failed(7)] }, template)).toBe(true);
  });
});

describe("for people", () => {
  const view = (facts: Parameters<typeof firstDeployView>[0]) => firstDeployView(facts, pair);

  test.each(KINDS)("every stage of %s is over, current or to come", (kind) => {
    for (const [index, id] of stageIds(kind).entries()) {
      if (kind === "single" && id === "fleet") continue;
      const states = firstDeployView(before(kind, id), policyFor(kind)).map(({ state }) => state);
      expect(states).toEqual(stageIds(kind).map((_, other) => (other < index ? "done" : other === index ? "now" : "later")));
    }
    expect(new Set(firstDeployView(before(kind), policyFor(kind)).map(({ state }) => state))).toEqual(new Set(["done"]));
  });

  test("the current stage has its reason, since when, and whether it is late", () => {
    const facts = noted(before("ha", "image"), { reached: { image: ago({ hours: 5 }) } });
    expect(view(facts)[0]).toEqual({
      id: "image",
      words: "a golden image is built and tested",
      state: "now",
      since: ago({ hours: 5 }),
      late: true,
      because: "there is no tested image yet",
      todo: null,
    });
  });

  test("what they can do ahead of its turn stands there, and nothing else of what comes later", () => {
    const later = view(before("ha", "image")).filter(({ state }) => state === "later");
    expect(later.filter(({ todo }) => todo !== null).map(({ id, todo }) => [id, todo])).toEqual([
      ["secrets", "npx steward secrets init --stage demo --offline-copy <file>"],
    ]);
    expect(later.filter(({ because }) => because !== null).map(({ id }) => id)).toEqual(["secrets"]);
    expect(later.every(({ since, late }) => since === null && !late)).toBe(true);
  });

  test("what is over has no reason and nothing to do", () => {
    for (const { state, because, todo } of view(before("ha", "fleet"))) if (state === "done") expect([because, todo]).toEqual([null, null]);
  });

  test("what can't be read is said in the place of the stage that waits for it, and asks nobody for what may be there", () => {
    const facts = knowing(noted(before("ha", "database"), { reached: { database: NOW } }), {
      filled: [],
      unread: [{ what: "the vault", because: "AccessDenied" }],
    });
    expect(view(facts).find(({ state }) => state === "now")).toMatchObject({
      id: "database",
      because: "I can't see enough: the vault (AccessDenied)",
      todo: null,
    });
    expect(view(facts).filter(({ todo }) => todo !== null)).toEqual([]);
  });
});
