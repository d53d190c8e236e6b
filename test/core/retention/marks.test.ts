import { dateOf, MARK, marksOf, provenTag, tagsOf } from "@steward/core/retention/marks";
import { isGood } from "@steward/core/retention/standing";
import { describe, expect, test } from "vitest";
import { hence, NOW } from "../builders.ts";
import { STAGE, shot, VOLUME } from "./builders.ts";

const order = {
  slot: NOW,
  schedules: ["hourly", "daily"],
  volumeId: VOLUME,
  instanceId: null,
  dueAt: hence({ days: 14 }),
  unfrozen: "take",
  policy: "c0ffee",
} as const;
const tags = tagsOf(STAGE, { ...order, schedules: [...order.schedules] });

describe("tags", () => {
  test("say everything of a set before anybody knows how it was made", () => {
    expect(tags).toEqual({
      Name: "steward-demo-data",
      "steward:stage": "demo",
      "steward:volume": "data",
      "steward:schedules": "hourly daily",
      "steward:slot": "2026-05-04T03:00:00.000Z",
      "steward:consistency": "unproven",
      "steward:due": "2026-05-18T03:00:00.000Z",
      "steward:policy": "c0ffee",
    });
    expect(tagsOf(STAGE, { ...order, schedules: ["daily"], dueAt: null })[MARK.due]).toBe("never");
  });

  test("of a copy say nothing: it has them all, and nobody can tell of which volume it is", () => {
    expect(marksOf({ tags, volumeId: "vol-ffffffff" }, STAGE)).toBeUndefined();
    expect(marksOf({ tags, volumeId: VOLUME }, STAGE)).toBeDefined();
  });

  test("are read as they were written", () => {
    expect(marksOf({ tags }, STAGE)).toEqual({
      schedules: ["hourly", "daily"],
      slot: NOW,
      consistency: "unproven",
      dueAt: hence({ days: 14 }),
      provenAt: null,
      provenScope: null,
      proofFailed: null,
    });
    const proven = { ...tags, [MARK.due]: "never", [MARK.consistency]: "crash", [MARK.proven]: NOW.toISOString(), [MARK.proofFailed]: "no page" };
    expect(marksOf({ tags: proven }, STAGE)).toMatchObject({ dueAt: null, consistency: "crash", provenAt: NOW, provenScope: "served", proofFailed: "no page" });
    const scopeOf = (dataOnly: boolean) => marksOf({ tags: { ...tags, [MARK.proven]: provenTag({ provenAt: NOW, dataOnly }) } }, STAGE);
    expect(scopeOf(true)).toMatchObject({ provenAt: NOW, provenScope: "data-only" });
    expect(scopeOf(false)).toMatchObject({ provenAt: NOW, provenScope: "served" });
    expect(marksOf({ tags: { ...tags, [MARK.consistency]: "application" } }, STAGE)?.consistency).toBe("application");
    expect(marksOf({ tags: { ...tags, [MARK.consistency]: "perfect" } }, STAGE)?.consistency).toBe("unproven");
  });

  test.each<[string, Record<string, string>]>([
    ["none", {}],
    ["another stage's", { ...tags, [MARK.stage]: "demo2" }],
    ["another volume's", { ...tags, [MARK.volume]: "root" }],
    ["without a volume", { ...tags, [MARK.volume]: "" }],
    ["of a slot that is no moment", { ...tags, [MARK.slot]: "2026-02-30T00:00:00.000Z" }],
    ["of no schedule", { ...tags, [MARK.schedules]: " " }],
  ])("are not Steward's: %s", (_, others) => {
    expect(marksOf({ tags: others }, STAGE)).toBeUndefined();
  });

  test("without schedules or slot are not Steward's", () => {
    const { [MARK.schedules]: _schedules, ...noSchedules } = tags;
    const { [MARK.slot]: _slot, ...noSlot } = tags;
    expect([marksOf({ tags: noSchedules }, STAGE), marksOf({ tags: noSlot }, STAGE)]).toEqual([undefined, undefined]);
  });
});

describe("a date", () => {
  test.each([
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
    ["2026-05-04T03:00Z", "2026-05-04T03:00:00.000Z"],
    ["2026-05-04T03:00:01Z", "2026-05-04T03:00:01.000Z"],
    ["2026-05-04T03:00:01.002Z", "2026-05-04T03:00:01.002Z"],
  ])("is a day or a moment in UTC: %s", (text, moment) => {
    expect(dateOf(text)).toEqual(new Date(moment));
  });

  test.each([
    undefined,
    "",
    "tomorrow",
    "2026",
    "2026-05",
    "2026-02-29",
    "2026-04-31",
    "2026-13-01",
    "2026-05-04T24:00Z",
    "2026-05-04T25:00Z",
    "2026-05-04T03:00",
    "2026-05-04T03:00+02:00",
    " 2026-05-04",
    "2026-05-04 ",
  ])("is nothing else: %j", (text) => {
    expect(dateOf(text)).toBeUndefined();
  });
});

test("good is what EC2 has all of and no proof has failed with, however it was made", () => {
  expect(isGood(shot(), { proofFailed: null })).toBe(true);
  expect(isGood(shot(), { proofFailed: "" })).toBe(false);
  for (const state of ["pending", "error", "recoverable", "recovering"] as const) expect(isGood({ state }, { proofFailed: null })).toBe(false);
});
