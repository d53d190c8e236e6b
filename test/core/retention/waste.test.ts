import { MARK } from "@steward/core/retention/marks";
import { describe, expect, test } from "vitest";
import { ago, hence, justAfter, NOW } from "../builders.ts";
import { daily, FORMER_VOLUME, hourly, lineOf, policy, shot } from "./builders.ts";

describe("one that failed", () => {
  const failed = (startedAt: Date, tags: Record<string, string> = {}) =>
    shot({ id: "snap-failed", slot: startedAt, startedAt, state: "error", stateMessage: "the volume went away", tags });

  test("stays as evidence for seven days and not a moment longer", () => {
    expect(lineOf(failed(justAfter(ago({ days: 7 }))))).toMatchObject({
      verdict: "keep",
      rule: "errored",
      because: "it failed (the volume went away): evidence until 2026-05-04 03:00 UTC",
      dueAt: justAfter(NOW),
    });
    expect(lineOf(failed(ago({ days: 7 })))).toMatchObject({ verdict: "delete", rule: "errored", dueAt: NOW });
  });

  test("stays as evidence although others were made since", () => {
    expect(lineOf(failed(ago({ days: 6 })), { among: [shot()] })).toMatchObject({ verdict: "keep", rule: "errored", dueAt: hence({ days: 1 }) });
  });

  test("goes after an hour when another has failed since: EC2 takes no more than five of a volume", () => {
    const before = { ...failed(ago({ hours: 1 })), id: "snap-before" };
    const later = { ...failed(ago({ minutes: 5 })), id: "snap-later" };
    expect(lineOf(before, { among: [later] })).toMatchObject({ verdict: "delete", rule: "errored", dueAt: NOW });
    expect(lineOf({ ...before, startedAt: justAfter(ago({ hours: 1 })) }, { among: [later] }).verdict).toBe("keep");
    expect(lineOf(later, { among: [before] })).toMatchObject({ verdict: "keep", dueAt: hence({ days: 7, minutes: -5 }) });
    const same = { ...before, id: "snap-same" };
    expect([lineOf(before, { among: [same] }).verdict, lineOf(same, { among: [before] }).verdict]).toEqual(["keep", "delete"]);
  });

  test("goes even where a number, the floor or its due date would keep it", () => {
    const by = policy({ schedules: [daily({ count: 9, days: 90, monthly: 9 })], floor: 9 });
    expect(lineOf(failed(ago({ days: 7 })), { by }).verdict).toBe("delete");
    expect(lineOf({ ...failed(ago({ days: 3 })) }, { by })).toMatchObject({ rule: "errored", dueAt: hence({ days: 4 }) });
    expect(lineOf({ ...shot({ slot: ago({ days: 8 }), schedules: ["former"] }), state: "error" }).verdict).toBe("delete");
  });

  test("stays while somebody holds it", () => {
    expect(lineOf(failed(ago({ days: 90 }), { [MARK.hold]: "audit" })).rule).toBe("held");
  });

  test("is said to have failed where EC2 gives no reason", () => {
    expect(lineOf({ ...failed(ago({ days: 7 })), stateMessage: null }).because).toContain("it failed (EC2 does not say why)");
  });
});

describe("an extra one of a slot", () => {
  const slot = ago({ days: 2 });
  const by = policy({ schedules: [daily({ count: 5 }), hourly({ count: 5 })], floor: 5 });
  const first = shot({ slot, id: "snap-b", startedAt: slot });
  const second = shot({ slot, id: "snap-a", startedAt: justAfter(slot) });

  test("goes, and the better one stays", () => {
    expect(lineOf(second, { by, among: [first] })).toMatchObject({
      verdict: "delete",
      rule: "extra-of-slot",
      because: "snap-b is of the same slot, 2026-05-02 03:00 UTC, and better",
      dueAt: new Date(justAfter(slot).getTime() + 3_600_000),
    });
    expect(lineOf(first, { by, among: [second] })).toMatchObject({ verdict: "keep", rule: "schedule" });
  });

  test.each(["crash", "unproven"] as const)("is the one that is %s, though it is older", (consistency) => {
    const worse = { ...first, tags: { ...first.tags, [MARK.consistency]: consistency } };
    expect(lineOf(second, { by, among: [worse] }).rule).toBe("schedule");
    expect(lineOf(worse, { by, among: [second] }).rule).toBe("extra-of-slot");
  });

  test("is the newer of two of which nobody knows more", () => {
    const unknown = (one: typeof first) => ({ ...one, tags: { ...one.tags, [MARK.consistency]: "unproven" } });
    const crash = { ...second, tags: { ...second.tags, [MARK.consistency]: "crash" } };
    expect(lineOf(crash, { by, among: [unknown(first)] }).rule).toBe("extra-of-slot");
    expect(lineOf(unknown(first), { by, among: [crash] }).rule).toBe("schedule");
  });

  test("is the newer one by id where they were started together", () => {
    const twin = { ...first, id: "snap-0" };
    expect(lineOf(first, { by, among: [twin] }).rule).toBe("extra-of-slot");
    expect(lineOf(twin, { by, among: [first] }).rule).toBe("schedule");
  });

  test("is one with which a proof failed, though it is older and application-consistent", () => {
    const unfit = shot({ slot, id: "snap-0", startedAt: slot, tags: { [MARK.proofFailed]: "the database is damaged" } });
    const crash = shot({ slot, id: "snap-3", startedAt: justAfter(slot), consistency: "crash" });
    expect(lineOf(unfit, { by, among: [crash] }).rule).toBe("extra-of-slot");
    expect(lineOf(crash, { by, among: [unfit] }).rule).toBe("schedule");
  });

  test.each(["pending", "error", "recoverable"] as const)("is none beside one that is %s", (state) => {
    expect(lineOf(second, { by, among: [{ ...first, state }] }).rule).toBe("schedule");
  });

  test("is none beside one with which a proof failed", () => {
    const unfit = { ...first, tags: { ...first.tags, [MARK.proofFailed]: "" } };
    expect(lineOf({ ...second, tags: { ...second.tags, [MARK.proofFailed]: "" } }, { by, among: [unfit] }).rule).toBe("schedule");
  });

  test("is none beside one of another volume, or of another slot", () => {
    expect(lineOf(second, { by, among: [{ ...first, volumeId: FORMER_VOLUME }] }).rule).toBe("schedule");
    expect(lineOf(second, { by, among: [shot({ slot: justAfter(slot), id: "snap-1" })] }).rule).toBe("schedule");
  });

  test("is none for a schedule that the better one was not made for", () => {
    const both = { ...second, tags: { ...second.tags, [MARK.schedules]: "hourly daily" } };
    expect(lineOf(both, { by, among: [first] }).rule).toBe("schedule");
    expect(lineOf(first, { by, among: [both] }).rule).toBe("schedule");
    expect(lineOf(second, { by, among: [{ ...both, id: "snap-1", startedAt: slot }] }).rule).toBe("extra-of-slot");
  });

  test("is judged by its slot for an hour after it was started, and goes then", () => {
    const at = (startedAt: Date) => lineOf({ ...second, startedAt }, { by, among: [first] }).rule;
    expect(at(justAfter(ago({ hours: 1 })))).toBe("schedule");
    expect(at(ago({ hours: 1 }))).toBe("extra-of-slot");
  });

  test("takes nobody's place while it is new", () => {
    const by = policy({ schedules: [daily({ count: 2 })] });
    const fresh = { ...second, startedAt: NOW };
    expect(lineOf(shot({ slot: ago({ days: 3 }) }), { by, among: [first, fresh] })).toMatchObject({
      rule: "schedule",
      because: "daily keeps 2, this is the 2nd",
    });
  });

  test("stays while it is the newest that was proven", () => {
    const served = { ...second, tags: { ...second.tags, [MARK.proven]: NOW.toISOString() } };
    expect(lineOf(served, { by, among: [first] }).rule).toBe("proven");
    expect(lineOf(first, { by, among: [served] }).rule).toBe("schedule");
  });

  test("stays while it is held, locked or in use", () => {
    expect(lineOf({ ...second, tags: { ...second.tags, [MARK.hold]: "audit" } }, { by, among: [first] }).rule).toBe("held");
    expect(lineOf({ ...second, lock: { mode: "governance", until: null } }, { by, among: [first] }).rule).toBe("locked");
    const until = hence({ hours: 1 });
    expect(lineOf({ ...second, lock: { mode: "governance", until } }, { by, among: [first] })).toMatchObject({ rule: "locked", dueAt: until });
  });
});
