import { MARK } from "@steward/core/retention/marks";
import { planRetention } from "@steward/core/retention/plan";
import type { Snapshot } from "@steward/core/retention/snapshot";
import type { SnapshotPolicy } from "@steward/core/settings/schema";
import { describe, expect, test } from "vitest";
import { ago, hence, justAfter, NOW } from "../builders.ts";
import { at, daily, FORMER_VOLUME, facts, hourly, lineOf, made, midnights, policy, shot } from "./builders.ts";

/** The slots that a plan keeps, newest first. */
const kept = (snapshots: Snapshot[], keep: SnapshotPolicy["schedules"][number]["keep"], now = NOW): string[] =>
  planRetention(facts(snapshots), policy({ schedules: [daily(keep)] }), now)
    .filter(({ verdict }) => verdict === "keep")
    .map(({ at }) => at.toISOString().slice(0, 16));
describe("a count", () => {
  test("keeps the newest and says the place of each", () => {
    const lines = planRetention(facts(made(midnights(5))), policy({ schedules: [daily({ count: 3 })] }), NOW);
    expect(lines.map(({ verdict, because }) => [verdict, because])).toEqual([
      ["keep", "daily keeps 3, this is the 1st"],
      ["keep", "daily keeps 3, this is the 2nd"],
      ["keep", "daily keeps 3, this is the 3rd"],
      ["delete", "no rule keeps it any more; made to be kept for ever"],
      ["delete", "no rule keeps it any more; made to be kept for ever"],
    ]);
  });

  test("says when newer ones will have taken the place", () => {
    const lines = planRetention(facts(made(midnights(3))), policy({ schedules: [daily({ count: 3 })] }), NOW);
    expect(lines.map(({ dueAt }) => dueAt)).toEqual([at("2026-05-07T00:00"), at("2026-05-06T00:00"), at("2026-05-05T00:00")]);
  });

  test("waits for those that are yet to come, however long none was made", () => {
    const by = policy({ schedules: [daily({ count: 2 })] });
    expect(lineOf(shot({ slot: ago({ days: 90 }) }), { by })).toMatchObject({ rule: "schedule", dueAt: at("2026-05-06T00:00") });
  });

  test("counts on from a slot that lies ahead", () => {
    const by = policy({ schedules: [daily({ count: 1 })] });
    expect(lineOf(shot({ slot: hence({ days: 3 }) }), { by })).toMatchObject({ rule: "schedule", dueAt: at("2026-05-08T00:00") });
  });

  test("counts those of its own schedule alone", () => {
    const by = policy({ schedules: [daily({ count: 1 }), hourly({ count: 1 })] });
    const others = made([ago({ days: 1 }), ago({ days: 2 })], { schedules: ["hourly"] });
    expect(lineOf(shot({ slot: ago({ days: 9 }) }), { by, among: others }).because).toBe("daily keeps 1, this is the 1st");
  });

  test("counts those of its own volume alone", () => {
    const by = policy({ schedules: [daily({ count: 1 })] });
    expect(lineOf(shot({ slot: ago({ days: 9 }) }), { by, among: [shot({ volumeId: FORMER_VOLUME })] }).rule).toBe("schedule");
  });

  test.each(["pending", "error", "recoverable", "recovering"] as const)("does not count one that is %s", (state) => {
    const by = policy({ schedules: [daily({ count: 1 })] });
    expect(lineOf(shot({ slot: ago({ days: 9 }) }), { by, among: [shot({ state })] }).rule).toBe("schedule");
  });

  test("counts one with which a proof failed in nobody's place, and keeps it as if it were good", () => {
    const by = policy({ schedules: [daily({ count: 1 })] });
    const unfit = shot({ tags: { [MARK.proofFailed]: "the database is damaged" } });
    const good = shot({ slot: ago({ days: 1 }) });
    expect(lineOf(good, { by, among: [unfit] }).because).toBe("daily keeps 1, this is the 1st");
    expect(lineOf(unfit, { by, among: [good] }).because).toBe("daily keeps 1, this is the 1st");
    expect(lineOf(unfit, { by, among: [good, shot({ slot: justAfter(NOW) })] }).verdict).toBe("delete");
  });

  test("counts one that is crash-consistent, held or archived", () => {
    const by = policy({ schedules: [daily({ count: 1 })] });
    const old = shot({ slot: ago({ days: 9 }), consistency: "crash" });
    for (const but of [{ consistency: "crash" }, { consistency: "crash", tags: { [MARK.hold]: "" } }, { consistency: "crash", tier: "archive" }] as const)
      expect(lineOf(old, { by, among: [shot(but), shot({ slot: ago({ hours: 30 }), schedules: ["hourly"] })] }).verdict).toBe("delete");
  });

  test("keeps what any of its schedules wants, and names the one that wants it longest", () => {
    const by = policy({ schedules: [hourly({ count: 24 }), daily({ count: 14 })] });
    const both = shot({ slot: at("2026-05-04T00:00"), schedules: ["hourly", "daily"] });
    expect(lineOf(both, { by })).toMatchObject({ because: "daily keeps 14, this is the 1st", dueAt: at("2026-05-18T00:00") });
  });

  test("of nothing keeps nothing", () => {
    expect(kept(made(midnights(3)), { count: 0, days: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 })).toEqual(["2026-05-04T00:00"]);
    expect(kept(made(midnights(3)), {})).toEqual(["2026-05-04T00:00"]);
  });
});

describe("days", () => {
  const by = policy({ schedules: [daily({ days: 7 })] });

  test("keep everything of the last n times 24 hours and not a moment longer", () => {
    const aged = (slot: Date) => lineOf(shot({ slot }), { by, among: [shot()] });
    expect(aged(justAfter(ago({ days: 7 })))).toMatchObject({ verdict: "keep", rule: "schedule", because: "daily keeps 7 days", dueAt: justAfter(NOW) });
    expect(aged(ago({ days: 7 }))).toMatchObject({ verdict: "delete", rule: "due" });
  });

  test("go by the slot and not by when the snapshot was started", () => {
    expect(lineOf(shot({ slot: ago({ days: 7 }), startedAt: NOW }), { by, among: [shot()] }).verdict).toBe("delete");
  });
});

describe("periods", () => {
  test("keep the last of each of the newest hours", () => {
    expect(kept(made([at("2026-05-04T02:59:59.999"), at("2026-05-04T02:00"), at("2026-05-04T01:59:59.999"), at("2026-05-04T00:30")]), { hourly: 2 })).toEqual([
      "2026-05-04T02:59",
      "2026-05-04T01:59",
    ]);
  });

  test("keep the last of each of the newest days that have one, however many have none", () => {
    const slots = [at("2026-05-04T00:00"), at("2026-05-03T23:59:59.999"), at("2026-05-03T00:00"), at("2026-03-01T12:00"), at("2026-02-28T12:00")];
    expect(kept(made(slots), { daily: 3 })).toEqual(["2026-05-04T00:00", "2026-05-03T23:59", "2026-03-01T12:00"]);
  });

  test("count a leap day as a day of its own", () => {
    const slots = [at("2028-03-01T00:00"), at("2028-02-29T23:59:59.999"), at("2028-02-29T00:00"), at("2028-02-28T23:59")];
    expect(kept(made(slots), { daily: 3 }, at("2028-03-01T00:05"))).toEqual(["2028-03-01T00:00", "2028-02-29T23:59", "2028-02-28T23:59"]);
  });

  test("begin weeks on Monday, across the new year too", () => {
    const slots = [at("2027-01-04T00:00"), at("2027-01-03T23:59:59.999"), at("2026-12-28T00:00"), at("2026-12-27T23:59:59.999")];
    expect(kept(made(slots), { weekly: 3 }, at("2027-01-04T00:05"))).toEqual(["2027-01-04T00:00", "2027-01-03T23:59", "2026-12-27T23:59"]);
  });

  test("keep the last of each month", () => {
    const slots = [at("2026-05-01T00:00"), at("2026-04-30T23:59:59.999"), at("2026-04-01T00:00"), at("2026-03-31T23:59:59.999"), at("2025-05-31T00:00")];
    expect(kept(made(slots), { monthly: 4 })).toEqual(["2026-05-01T00:00", "2026-04-30T23:59", "2026-03-31T23:59", "2025-05-31T00:00"]);
  });

  test("keep the last of each year", () => {
    const slots = [at("2026-01-01T00:00"), at("2025-12-31T23:59:59.999"), at("2025-01-01T00:00"), at("2024-12-31T23:59:59.999")];
    expect(kept(made(slots), { yearly: 3 })).toEqual(["2026-01-01T00:00", "2025-12-31T23:59", "2024-12-31T23:59"]);
  });

  test("add up with a count and with days", () => {
    expect(kept(made(midnights(40)), { count: 2, days: 4, weekly: 3, monthly: 3 })).toEqual([
      "2026-05-04T00:00",
      "2026-05-03T00:00",
      "2026-05-02T00:00",
      "2026-05-01T00:00",
      "2026-04-30T00:00",
      "2026-04-26T00:00",
      "2026-03-31T00:00",
    ]);
  });

  test("say their place and when it will be taken", () => {
    const said = (keep: SnapshotPolicy["schedules"][number]["keep"], slot: Date) => lineOf(shot({ slot }), { by: policy({ schedules: [daily(keep)] }) });
    expect(said({ monthly: 12 }, at("2026-04-30T00:00"))).toMatchObject({
      because: "daily keeps the last of 12 months, this is the 1st",
      dueAt: at("2027-04-01T00:00"),
    });
    expect(said({ weekly: 2 }, at("2026-05-03T00:00"))).toMatchObject({
      because: "daily keeps the last of 2 weeks, this is the 1st",
      dueAt: at("2026-05-11T00:00"),
    });
    expect(said({ yearly: 1 }, at("2025-12-31T00:00"))).toMatchObject({
      because: "daily keeps the last of 1 year, this is the 1st",
      dueAt: at("2026-05-05T00:00"),
    });
    expect(said({ hourly: 3 }, at("2026-05-04T00:00"))).toMatchObject({
      because: "daily keeps the last of 3 hours, this is the 1st",
      dueAt: at("2026-05-07T00:00"),
    });
    expect(said({ daily: 3 }, at("2026-05-04T00:00"))).toMatchObject({
      because: "daily keeps the last of 3 days, this is the 1st",
      dueAt: at("2026-05-07T00:00"),
    });
  });

  test("let go of the last of a period that is not over when the next one is made", () => {
    const by = policy({ schedules: [hourly({ monthly: 12 })] });
    const [newest, older] = [shot({ slot: NOW, schedules: ["hourly"] }), shot({ slot: at("2026-04-30T23:00"), schedules: ["hourly"] })];
    expect(lineOf(newest, { by, among: [older] }).dueAt).toEqual(hence({ hours: 1 }));
    expect(lineOf(older, { by, among: [newest] }).dueAt).toEqual(at("2027-04-01T00:00"));
  });
});
