import type { FleetFacts } from "@steward/core/fleet/facts";
import type { DatabaseDrillFacts } from "@steward/core/proof/database/facts";
import { superfluous } from "@steward/core/proof/database/kept";
import { databaseLeftovers, hasDatabaseDrill, nextOfDatabase } from "@steward/core/proof/database/next";
import type { DatabaseDrillRecord } from "@steward/core/proof/database/record";
import { rtoSeconds } from "@steward/core/proof/database/record";
import { assert, describe, expect, test } from "vitest";
import { ago, attempt, FIRST, hence, NOW, sickNode } from "../../builders.ts";
import { COPY, copy, DRILL, fleet, KEPT, kept, look, noDrill, pair, record, reportOf, restored, side } from "./builders.ts";

function nextIn(record: DatabaseDrillRecord | null, but: Partial<DatabaseDrillFacts> = {}, facts: Partial<FleetFacts> = {}, policy = pair) {
  const seen = fleet(noDrill({ record, ...but }), facts);
  assert(hasDatabaseDrill(seen));
  return nextOfDatabase(seen, policy);
}
const stepsOf = (next: ReturnType<typeof nextIn>) => (next?.standing.state === "act" ? next.standing.steps : next?.standing);
const verdictOf = (next: ReturnType<typeof nextIn>) => {
  const [step] = next?.standing.state === "act" ? next.standing.steps : [];
  return step?.do === "conclude-database-drill" ? { ...step.verdict, servedAt: step.servedAt } : step;
};
const answered = (but: Parameters<typeof reportOf>[0] = {}): Partial<DatabaseDrillFacts> => ({
  copies: [copy()],
  answer: { kind: "report", report: reportOf(but) },
});
const asked = (number: number, at = ago({ minutes: 3 })) => ({ number, at, commandId: "c", instanceId: FIRST });
const host = copy().host ?? "";

describe("a drill under way", () => {
  test("begins with the restore, on an instance of the class that the settings name", () => {
    expect(stepsOf(nextIn(record()))).toMatchObject([{ do: "restore-database", id: DRILL, instanceClass: "db.t3.small" }]);
    const { database: _none, ...keeping } = pair.keeping;
    expect(stepsOf(nextIn(record(), {}, {}, { ...pair, keeping }))).toMatchObject([{ instanceClass: "db.t3.small" }]);
  });

  test("looks through the bucket while RDS restores", () => {
    const creating = { copies: [copy({ status: "creating", host: null, port: null, madeAt: null })] };
    expect(stepsOf(nextIn(restored({ bucket: null }), creating))).toMatchObject([{ do: "check-bucket", id: DRILL }]);
    expect(stepsOf(nextIn(restored({ bucket: look({ isOver: false }) }), creating))).toMatchObject([{ do: "check-bucket", id: DRILL }]);
    expect(nextIn(restored(), creating)?.standing).toMatchObject({ state: "wait", because: `${COPY} is creating`, pause: { minutes: 1 } });
  });

  test("waits for a copy that RDS does not show, or that has no address yet", () => {
    expect(nextIn(restored())?.standing).toMatchObject({ state: "wait", because: `RDS does not show ${COPY}` });
    expect(nextIn(restored(), { copies: [copy({ host: null })] })?.standing).toMatchObject({ state: "wait", because: `${COPY} is available` });
    expect(nextIn(restored(), { copies: [copy({ port: null })] })?.standing).toMatchObject({ because: "RDS does not say where the copy answers" });
  });

  test("asks a node that serves, and none where none does", () => {
    expect(stepsOf(nextIn(restored(), { copies: [copy()] }))).toMatchObject([
      { do: "ask-database-proof", instanceId: FIRST, copy: { host, port: 5432 }, number: 1 },
    ]);
    expect(nextIn(restored(), { copies: [copy()] }, { nodes: [sickNode()] })?.standing).toMatchObject({ because: "no node serves, and so none is asked" });
  });

  test("waits while the node looks, and asks another time when it has not answered", () => {
    const running: Partial<DatabaseDrillFacts> = { copies: [copy()], answer: { kind: "running" } };
    expect(nextIn(restored({ asked: asked(1) }), running)?.standing).toMatchObject({ state: "wait", because: `${FIRST} looks at the copy` });
    expect(stepsOf(nextIn(restored({ asked: asked(1, ago({ minutes: 9 })) }), running))).toMatchObject([{ number: 2 }]);
  });

  test("asks again after a while where the answer said too little", () => {
    const unknown: Partial<DatabaseDrillFacts> = { copies: [copy()], answer: { kind: "unknown", because: "cut off" } };
    expect(nextIn(restored({ asked: asked(1, ago({ minutes: 1 })) }), unknown)?.standing).toMatchObject({ state: "wait", because: "cut off" });
    expect(nextIn(restored({ asked: asked(1, ago({ minutes: 1 })) }), { copies: [copy()] })?.standing).toMatchObject({
      because: `${FIRST} is asked again soon`,
    });
    expect(stepsOf(nextIn(restored({ asked: asked(1) }), unknown))).toMatchObject([{ number: 2, because: "cut off" }]);
    const shut = answered({ copy: { state: "no-entry", because: "no connection" } });
    expect(stepsOf(nextIn(restored({ asked: asked(2) }), shut))).toMatchObject([{ number: 3, because: "the copy: no connection" }]);
  });

  test("comes to its verdict by the report, and says when the copy first answered", () => {
    expect(verdictOf(nextIn(restored({ asked: asked(1) }), answered()))).toMatchObject({
      state: "proven",
      servedAt: NOW,
      because: `${record().snapshotId} was restored`,
    });
    expect(verdictOf(nextIn(restored(), answered({ copy: side({ schemas: [] }) })))).toMatchObject({
      state: "failed",
      because: "there is no schema metrics, pm",
    });
    expect(verdictOf(nextIn(restored(), answered({ copy: side({ shape: "other" }) })))).toMatchObject({ state: "undecided" });
  });

  test("is given up after five questions: failed where the copy lets in and can't be read, else undecided", () => {
    const broken = answered({ copy: { state: "broken", because: "psql ended with exit code 1" } });
    expect(verdictOf(nextIn(restored({ asked: asked(5) }), broken))).toMatchObject({
      state: "failed",
      servedAt: null,
      because: expect.stringContaining("exit code 1"),
    });
    const both = answered({ copy: { state: "broken", because: "psql ended with exit code 1" }, fleet: { state: "broken", because: "so did this" } });
    expect(verdictOf(nextIn(restored({ asked: asked(5) }), both))).toMatchObject({ state: "undecided" });
    const shut = answered({ copy: { state: "no-entry", because: "no connection" } });
    expect(verdictOf(nextIn(restored({ asked: asked(5) }), shut))).toMatchObject({
      state: "undecided",
      because: "no report after 5 questions: the copy: no connection",
    });
    expect(verdictOf(nextIn(restored({ asked: asked(5, ago({ hours: 1 })) }), { copies: [copy()], answer: { kind: "running" } }))).toMatchObject({
      because: "no report after 5 questions: no node answered",
    });
  });

  test.each([
    ["RDS can't restore", { copies: [copy({ status: "incompatible-restore" })] }, {}, "failed", "incompatible-restore"],
    ["somebody deletes its copy", { copies: [copy({ status: "deleting" })] }, {}, "undecided", "nobody meant that"],
    [
      "its runs fail",
      {},
      {
        attempts: Array.from({ length: 5 }, () =>
          attempt({ runbook: "prove-restore", outcome: "failed", because: "no right", startedAt: ago({ minutes: 2 }) }),
        ),
      },
      "undecided",
      "failed 5 times, the last time: no right",
    ],
  ] as [string, Partial<DatabaseDrillFacts>, Partial<FleetFacts>, string, string][])("is given up where %s", (_what, but, facts, state, said) => {
    expect(verdictOf(nextIn(restored(), but, facts))).toMatchObject({ state, because: expect.stringContaining(said) });
  });

  test("is given up after three hours, unless a verdict is there", () => {
    const late = { startedAt: ago({ hours: 3 }) };
    expect(verdictOf(nextIn(restored(late)))).toMatchObject({
      state: "undecided",
      because: `no verdict within 3 hours: RDS restores the database: RDS does not show ${COPY}`,
    });
    expect(verdictOf(nextIn(restored(late), answered()))).toMatchObject({ state: "proven" });
  });
});

describe("a drill that is decided", () => {
  const proven = restored({ state: "proven", decidedAt: ago({ minutes: 1 }) });

  test("first removes its copy", () => {
    expect(stepsOf(nextIn(proven, { copies: [copy()] }))).toMatchObject([{ do: "remove-database-drill", copyIds: [COPY], keptIds: [] }]);
  });

  test("then keeps what is proven, and waits until that is there", () => {
    expect(stepsOf(nextIn(proven))).toMatchObject([{ do: "keep-proven", id: DRILL }]);
    const keeping = { ...proven, keptId: KEPT };
    expect(nextIn(keeping)?.standing).toMatchObject({ state: "wait", because: `${KEPT} is not shown by RDS yet` });
    expect(nextIn(keeping, { kept: [kept({ status: "creating" })] })?.standing).toMatchObject({ because: `${KEPT} is creating` });
    expect(stepsOf(nextIn(keeping, { kept: [kept()] }))).toMatchObject([{ do: "end-database-drill" }]);
  });

  test("then removes what it kept of earlier proofs, and never the last that is there", () => {
    const keeping = { ...proven, keptId: KEPT };
    const older = kept({ id: "steward-demo-proven-older", drillId: "older", madeAt: ago({ days: 7 }) });
    expect(stepsOf(nextIn(keeping, { kept: [older, kept()] }))).toMatchObject([{ do: "remove-database-drill", copyIds: [], keptIds: [older.id] }]);
    expect(stepsOf(nextIn(keeping, { kept: [older, kept({ status: "failed" })] }))).toMatchObject([{ keptIds: [KEPT] }]);
    expect(nextIn(keeping, { kept: [older, kept({ status: "creating" })] })?.standing.state).toBe("wait");
  });

  test("waits no longer than twelve hours, and keeps nothing of one that failed", () => {
    const slow = { ...proven, keptId: KEPT, decidedAt: ago({ hours: 12 }) };
    expect(stepsOf(nextIn(slow, { kept: [kept({ status: "creating" })] }))).toMatchObject([{ do: "end-database-drill" }]);
    expect(stepsOf(nextIn({ ...proven, state: "failed" }))).toMatchObject([{ do: "end-database-drill" }]);
    expect(stepsOf(nextIn({ ...proven, decidedAt: null }))).toMatchObject([{ do: "keep-proven" }]);
  });
});

describe("what an earlier drill left", () => {
  test("goes first, whoever made it", () => {
    const other = copy({ id: "steward-demo-drill-other", drillId: "other" });
    expect(stepsOf(nextIn(record(), { copies: [copy(), other] }))).toMatchObject([{ do: "remove-database-drill", copyIds: [other.id] }]);
    expect(stepsOf(nextIn(null, { copies: [copy({ drillId: null })] }))).toMatchObject([{ copyIds: [COPY] }]);
    expect(stepsOf(nextIn(record({ endedAt: NOW }), { copies: [copy()] }))).toMatchObject([{ copyIds: [COPY] }]);
  });

  test("is of what is kept all but the newest, while no drill is under way", () => {
    const two = [kept(), kept({ id: "older", madeAt: null })];
    expect(databaseLeftovers(noDrill({ kept: two }))).toEqual({ copyIds: [], keptIds: ["older"] });
    expect(databaseLeftovers(noDrill({ kept: two, record: record() }))).toEqual({ copyIds: [], keptIds: [] });
    expect(superfluous([kept({ status: "creating" })])).toEqual([]);
  });

  test("is nothing, and nothing is next", () => {
    expect(nextIn(null)).toBeUndefined();
    expect(nextIn(record({ endedAt: NOW }))).toBeUndefined();
  });
});

test("a restore took from its order to the first answer", () => {
  expect(rtoSeconds(restored({ servedAt: hence({ minutes: 1 }) }))).toBe(300);
  expect(rtoSeconds(restored())).toBeNull();
  expect(rtoSeconds(record({ servedAt: NOW }))).toBeNull();
});
