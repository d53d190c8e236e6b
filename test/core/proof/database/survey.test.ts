import type { FleetFacts } from "@steward/core/fleet/facts";
import type { Policy } from "@steward/core/fleet/policy";
import type { DatabaseDrillFacts } from "@steward/core/proof/database/facts";
import { surveyDatabase } from "@steward/core/proof/database/survey";
import { describe, expect, test } from "vitest";
import { ago, desired, incident, NOW, runRecord } from "../../builders.ts";
import { copy, fleet, kept, noDrill, pair, record, SNAPSHOT } from "./builders.ts";

function duties(but: Partial<DatabaseDrillFacts> | null, facts: Partial<FleetFacts> = {}, policy: Policy = pair) {
  return surveyDatabase(fleet(but && noDrill(but), facts), policy, NOW);
}
const startsIn = (...given: Parameters<typeof duties>) =>
  duties(...given).flatMap((duty) =>
    duty.duty === "start" && "input" in duty.order.subject ? [{ input: duty.order.subject.input, because: duty.because }] : [],
  );
const opensIn = (...given: Parameters<typeof duties>) =>
  duties(...given).flatMap((duty) => (duty.duty === "open" ? [{ kind: duty.incident.kind, evidence: duty.incident.evidence[0] }] : []));

const every = (everyDays: number | null): Policy => ({
  ...pair,
  keeping: { ...pair.keeping, database: { proof: { everyDays, instanceClass: "db.t3.small" }, bucket: null, prefix: "" } },
});
const ended = (but: Parameters<typeof record>[0] = {}) => record({ endedAt: ago({ minutes: 1 }), decidedAt: ago({ minutes: 2 }), state: "proven", ...but });

describe("a drill", () => {
  test("is due a day after the database was made, and then as often as the settings say", () => {
    expect(startsIn({})).toEqual([{ input: {}, because: "no restore was proven yet" }]);
    expect(startsIn({ since: ago({ hours: 23 }) })).toEqual([]);
    expect(startsIn({ since: null })).toEqual([]);
    expect(startsIn({ record: ended({ provenAt: ago({ days: 7 }) }) })).toMatchObject([{ because: expect.stringContaining("was proven at") }]);
    expect(startsIn({ record: ended({ provenAt: ago({ days: 6 }) }) })).toEqual([]);
  });

  test("that came to nothing is followed by another a day later", () => {
    const failed = (startedAt: Date) => ({ record: ended({ state: "failed", startedAt, provenAt: ago({ days: 2 }) }) });
    expect(startsIn(failed(ago({ days: 1 })))).toHaveLength(1);
    expect(startsIn(failed(ago({ hours: 23 })))).toEqual([]);
    const unproven = { since: ago({ days: 3 }), snapshotId: "newer", because: "no rows" };
    expect(startsIn({ record: ended({ startedAt: ago({ days: 1 }), provenAt: ago({ days: 2 }), unproven }) })).toHaveLength(1);
  });

  test("is never due without a snapshot, or where people see to it", () => {
    expect(startsIn({ snapshots: [] })).toEqual([]);
    expect(startsIn({}, {}, every(null))).toEqual([]);
  });

  test("is gone on with by whoever looks next, and so is what was left", () => {
    expect(startsIn({ record: record() })).toMatchObject([{ input: { goOn: true }, because: expect.stringContaining("is not over") }]);
    expect(startsIn({ copies: [copy()] })).toMatchObject([{ input: { goOn: true }, because: "something is left of a drill" }]);
    expect(startsIn({ kept: [kept(), kept({ id: "older", madeAt: ago({ days: 9 }) })] })).toMatchObject([{ because: "something is left of a drill" }]);
  });

  test.each([
    ["nobody has looked", null, {}],
    ["the switch is off", {}, { switch: { position: "off" as const } }],
    ["nothing is in effect", {}, { desired: null }],
    ["a run is at it", {}, { runs: [runRecord({ subject: "duty-prove-x", endedAt: null })] }],
    [
      "the run that began it is at it",
      { record: record() },
      { runs: [runRecord({ name: "demo-duty-prove-20260504t0200-1", subject: "request-x", endedAt: null })] },
    ],
  ] as [string, Partial<DatabaseDrillFacts> | null, Partial<FleetFacts>][])("does not begin where %s", (_what, but, facts) => {
    expect(startsIn(but, facts)).toEqual([]);
  });

  test("that began by somebody else's run is no reason to wait", () => {
    expect(startsIn({ record: record() }, { runs: [runRecord({ name: "other", subject: "incident-x", endedAt: null })], desired })).toHaveLength(1);
  });

  test("is none of a stage that has no database to keep", () => {
    const { database: _none, ...keeping } = pair.keeping;
    expect(duties({}, {}, { ...pair, keeping })).toEqual([]);
  });
});

describe("people are told", () => {
  test("of a snapshot that did not pass, until one does", () => {
    const unproven = { since: ago({ hours: 1 }), snapshotId: SNAPSHOT, because: "no rows" };
    expect(opensIn({ record: ended({ state: "failed", unproven }) })).toEqual([
      { kind: "restore-unproven", evidence: expect.stringContaining(`${SNAPSHOT} did not pass`) },
    ]);
    expect(opensIn({ record: ended({ unproven }) }, { database: null })).toHaveLength(1);
  });

  test("when nothing was proven for twice as long as it should have been", () => {
    expect(opensIn({ since: ago({ days: 13 }) })).toEqual([]);
    expect(opensIn({ since: ago({ days: 15 }) })).toEqual([{ kind: "restore-unproven", evidence: expect.stringContaining("no drill has come about") }]);
    expect(opensIn({ record: ended({ state: "undecided", because: "no node", provenAt: ago({ days: 15 }) }) })).toMatchObject([
      { evidence: expect.stringContaining("no node") },
    ]);
    expect(opensIn({ since: null })).toEqual([]);
    expect(opensIn({ since: ago({ days: 15 }) }, {}, every(null))).toEqual([]);
  });

  test("that it is over, once it has looked well for a while; of other troubles nothing is said here", () => {
    const quietSince = ago({ hours: 1 });
    const incidents = (["restore-unproven", "drill-left-over", "images-unpruned"] as const).map((kind) =>
      incident({ kind, id: kind, resource: "steward-demo", quietSince }),
    );
    const closed = duties({}, { incidents }).flatMap((duty) => (duty.duty === "close" ? [duty.incident.kind] : []));
    expect(closed).toEqual(["restore-unproven", "drill-left-over"]);
  });

  test("of a database that a drill left", () => {
    expect(opensIn({ copies: [copy({ madeAt: ago({ hours: 6 }) })] })).toEqual([
      { kind: "drill-left-over", evidence: expect.stringContaining("steward-demo-drill-") },
    ]);
    expect(opensIn({ copies: [copy({ madeAt: ago({ hours: 4 }) }), copy({ madeAt: null })] })).toEqual([]);
  });
});
