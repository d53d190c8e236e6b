import { MARK } from "@steward/core/retention/marks";
import { planRetention } from "@steward/core/retention/plan";
import type { Snapshot } from "@steward/core/retention/snapshot";
import { describe, expect, test } from "vitest";
import { ago, hence, justAfter, justBefore, NOW } from "../builders.ts";
import { at, daily, deleted, FORMER_VOLUME, facts, hourly, lineOf, made, midnights, policy, type Shot, shot } from "./builders.ts";

describe("what no schedule of the settings made", () => {
  const line = (but: Shot) => lineOf(shot({ slot: ago({ days: 90 }), schedules: ["by-hand"], ...but }), { among: [shot()] });

  test("stays until its due date and not a moment longer", () => {
    expect(line({ dueAt: justAfter(NOW) })).toMatchObject({
      verdict: "keep",
      rule: "due-date",
      because: "made by hand: its due date counts, 2026-05-04 03:00 UTC",
      dueAt: justAfter(NOW),
    });
    expect(line({ dueAt: NOW })).toMatchObject({ verdict: "delete", rule: "due" });
  });

  test("stays for ever without a due date", () => {
    expect(line({ schedules: ["former"] })).toMatchObject({
      verdict: "keep",
      rule: "due-date",
      because: "made by former, which is not in the settings any more: its due date counts, which is never",
      dueAt: null,
    });
    expect(line({ tags: { [MARK.due]: "soon" } })).toMatchObject({ rule: "due-date", dueAt: null });
  });

  test("stays for its former schedule though another one has let go of it", () => {
    expect(line({ schedules: ["daily", "former"], dueAt: hence({ days: 1 }) }).rule).toBe("due-date");
    expect(line({ schedules: ["daily"], dueAt: hence({ days: 1 }) }).rule).toBe("due");
  });
});

describe("a volume that is not the fleet's", () => {
  const by = policy({ schedules: [daily({ count: 2 }), hourly({ days: 30 })] });
  const newest = shot({ volumeId: FORMER_VOLUME, slot: ago({ days: 1 }), dueAt: ago({ hours: 1 }) });
  const line = (but: Shot) => lineOf(shot({ slot: ago({ days: 20 }), volumeId: FORMER_VOLUME, ...but }), { by, among: [newest] });

  test("counts no more: the due date stands in for the number", () => {
    expect(line({ dueAt: justAfter(NOW) })).toMatchObject({
      verdict: "keep",
      rule: "schedule",
      because: `${FORMER_VOLUME} gets no newer ones: its due date counts, 2026-05-04 03:00 UTC`,
      dueAt: justAfter(NOW),
    });
    expect(line({ dueAt: NOW }).verdict).toBe("delete");
    expect(line({ dueAt: null })).toMatchObject({
      rule: "schedule",
      because: `${FORMER_VOLUME} gets no newer ones: its due date counts, which is never`,
      dueAt: null,
    });
  });

  test("counts no more also where the number is one", () => {
    const by = policy({ schedules: [daily({ yearly: 1 })] });
    const old = shot({ slot: ago({ days: 20 }), volumeId: FORMER_VOLUME, dueAt: hence({ days: 1 }) });
    expect(lineOf(old, { by, among: [newest] })).toMatchObject({ rule: "schedule", dueAt: hence({ days: 1 }) });
  });

  test("is none of the fleet's also where the fleet has none", () => {
    expect(lineOf(shot({ slot: ago({ days: 20 }), dueAt: NOW }), { by, among: [shot()], volumeId: null }).verdict).toBe("delete");
  });

  test("lets days pass as ever, whatever the due date says", () => {
    expect(line({ schedules: ["hourly"], dueAt: NOW })).toMatchObject({ rule: "schedule", because: "hourly keeps 30 days", dueAt: hence({ days: 10 }) });
    expect(line({ schedules: ["hourly"], dueAt: hence({ days: 90 }), slot: ago({ days: 30 }) }).verdict).toBe("delete");
  });

  test("keeps the floor of its own for ever", () => {
    const last = lineOf(newest, { by });
    expect(last).toMatchObject({ verdict: "keep", rule: "floor", because: "never fewer than 1 that are application-consistent, this is the 1st", dueAt: null });
  });
});

describe("the newest that was proven", () => {
  const proven = (slot: Date, tags: Record<string, string> = {}) => shot({ slot, tags: { [MARK.proven]: NOW.toISOString(), ...tags } });
  const old = proven(ago({ days: 90 }));

  test("stays until a newer one was", () => {
    expect(lineOf(old, { among: [shot()] })).toMatchObject({
      verdict: "keep",
      rule: "proven",
      because: "newest that was restored and has served",
      dueAt: null,
    });
    expect(lineOf(old, { among: [shot(), proven(justAfter(ago({ days: 90 })))] }).verdict).toBe("delete");
  });

  test("is not one with which a proof failed afterwards", () => {
    expect(lineOf(old, { among: [shot(), proven(ago({ days: 1 }), { [MARK.proofFailed]: "no page" })] }).rule).toBe("proven");
    expect(lineOf(proven(ago({ days: 90 }), { [MARK.proofFailed]: "no page" }), { among: [shot()] }).verdict).toBe("delete");
  });

  test("is found in each volume apart, and never among those that are not there", () => {
    expect(lineOf(old, { among: [shot(), { ...proven(ago({ days: 1 })), volumeId: FORMER_VOLUME }] }).rule).toBe("proven");
    expect(lineOf(old, { among: [shot(), { ...proven(ago({ days: 1 })), state: "recoverable" }] }).rule).toBe("proven");
  });

  test("is not one of which the tag can't be understood", () => {
    expect(lineOf(proven(ago({ days: 90 }), { [MARK.proven]: "yes" }), { among: [shot()] }).verdict).toBe("delete");
  });
});

describe("the floor", () => {
  const plan = (snapshots: Snapshot[], floor: number) => planRetention(facts(snapshots), policy({ floor }), NOW);

  test("keeps the newest whatever the schedules say", () => {
    const lines = plan(made(midnights(4)), 3);
    expect(lines.map(({ verdict, rule }) => `${verdict} ${rule}`)).toEqual(["keep floor", "keep floor", "keep floor", "delete due"]);
    expect(lines[1]).toMatchObject({ because: "never fewer than 3 that are application-consistent, this is the 2nd", dueAt: at("2026-05-06T00:00") });
  });

  test("keeps as many application-consistent ones beside those that are newer and not", () => {
    const [newest, second, third, fourth] = midnights(4).map((slot, index) => shot({ slot, consistency: index < 2 ? "crash" : "application" }));
    const lines = plan(
      [newest, second, third, fourth].filter((one) => one !== undefined),
      1,
    );
    expect(lines.map(({ rule, because }) => `${rule}: ${because}`)).toEqual([
      "floor: never fewer than 1 that are good, this is the 1st",
      "due: no rule keeps it any more; made to be kept for ever",
      "floor: never fewer than 1 that are application-consistent, this is the 1st",
      "due: no rule keeps it any more; made to be kept for ever",
    ]);
  });

  test("keeps no other one for being of the same slot", () => {
    const crash = shot({ slot: ago({ days: 1 }), id: "snap-crash", consistency: "crash", schedules: ["hourly", "daily"] });
    const by = policy({ schedules: [daily({}), hourly({})] });
    const beside = [shot({ consistency: "crash" }), shot({ slot: ago({ days: 1 }) })];
    expect(beside.map((one) => lineOf(one, { by, among: [crash, ...beside.filter((other) => other !== one)] }).rule)).toEqual(["floor", "floor"]);
    expect(lineOf(crash, { by, among: beside }).rule).toBe("due");
  });

  test("keeps as many good ones beside those with which a proof failed", () => {
    const unfit = shot({ tags: { [MARK.proofFailed]: "no page" } });
    const crash = shot({ slot: ago({ days: 1 }), consistency: "crash" });
    const lines = plan([unfit, crash, shot({ slot: ago({ days: 2 }), consistency: "crash" })], 1);
    expect(lines.map(({ because }) => because)).toEqual([
      "never fewer than 1 that are completed, this is the 1st",
      "never fewer than 1 that are good, this is the 1st",
      "no rule keeps it any more; made to be kept for ever",
    ]);
  });

  test("takes the place of the oldest with the next of any schedule", () => {
    const by = policy({ schedules: [daily({}), hourly({})], floor: 1 });
    expect(lineOf(shot({ slot: justBefore(NOW) }), { by }).dueAt).toEqual(hence({ hours: 1 }));
    expect(deleted(planRetention(facts([shot({ slot: justBefore(NOW) }), shot({ slot: NOW, schedules: ["hourly"] })]), by, NOW))).toHaveLength(1);
  });
});
