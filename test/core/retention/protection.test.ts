import { MARK } from "@steward/core/retention/marks";
import { planRetention } from "@steward/core/retention/plan";
import { describe, expect, test } from "vitest";
import { ago, hence, justAfter, NOW } from "../builders.ts";
import { facts, foreign, lineOf, policy, STAGE, shot } from "./builders.ts";

/** So old that no rule wants it, beside one that takes the floor. */
const old = (but: Parameters<typeof shot>[0] = {}) => shot({ slot: ago({ days: 400 }), id: "snap-old", dueAt: ago({ days: 300 }), ...but });
const line = (but: Parameters<typeof shot>[0], more: Parameters<typeof lineOf>[1] = {}) => lineOf(old(but), { among: [shot()], ...more });

test("deletes what nothing keeps, since its due date", () => {
  expect(line({})).toEqual({
    snapshotId: "snap-old",
    volumeId: shot().volumeId,
    at: ago({ days: 400 }),
    verdict: "delete",
    rule: "due",
    because: "due since 2025-07-08 03:00 UTC: no rule keeps it",
    dueAt: ago({ days: 300 }),
  });
});

test.each([
  ["of which the date lies ahead", justAfter(NOW), "until 2026-05-04 03:00 UTC"],
  ["made to be kept for ever", null, "for ever"],
])("deletes from now on what a rule no longer keeps, %s", (_, dueAt, words) => {
  expect(line({ dueAt })).toMatchObject({ verdict: "delete", rule: "due", because: `no rule keeps it any more; made to be kept ${words}`, dueAt: NOW });
});

test("is due at the very moment of its due date", () => {
  expect(line({ dueAt: NOW })).toMatchObject({ verdict: "delete", because: "due since 2026-05-04 03:00 UTC: no rule keeps it", dueAt: NOW });
});

describe("what is not ours", () => {
  test.each([
    ["of no tags at all", foreign({ startedAt: ago({ days: 900 }) })],
    ["of another stage", old({ tags: { [MARK.stage]: "other" }, startedAt: ago({ days: 900 }) })],
    ["of which somebody has changed the slot", old({ tags: { [MARK.slot]: "yesterday" }, startedAt: ago({ days: 900 }) })],
  ])("is never touched: %s", (_, snapshot) => {
    expect(lineOf(snapshot, { among: [shot()] })).toMatchObject({
      at: ago({ days: 900 }),
      verdict: "keep",
      rule: "not-ours",
      because: `its tags are not those that Steward gives to what it makes for ${STAGE}`,
      dueAt: null,
    });
  });

  test("is not ours even where it failed, or is in the Recycle Bin", () => {
    expect(lineOf(foreign({ state: "error", startedAt: ago({ days: 900 }) })).rule).toBe("not-ours");
    expect(lineOf(foreign({ state: "recoverable" })).rule).toBe("not-ours");
  });
});

describe("what is not there yet, or not any more", () => {
  test("keeps what is pending, however old", () => {
    expect(line({ state: "pending" })).toMatchObject({ verdict: "keep", rule: "pending", because: "it is still being made", dueAt: null });
  });

  test.each(["recoverable", "recovering"] as const)("leaves to the Recycle Bin what is %s", (state) => {
    expect(line({ state })).toMatchObject({ verdict: "keep", rule: "binned", because: "it was deleted, and the Recycle Bin has it", dueAt: null });
  });
});

describe("a lock of EC2", () => {
  test("keeps without an end", () => {
    expect(line({ lock: { mode: "governance", until: null } })).toMatchObject({
      verdict: "keep",
      rule: "locked",
      because: "locked in EC2 (governance)",
      dueAt: null,
    });
  });

  test("keeps until its end and not a moment longer", () => {
    const until = hence({ days: 1 });
    const locked = { lock: { mode: "compliance", until } };
    expect(line(locked)).toMatchObject({ verdict: "keep", rule: "locked", because: "locked in EC2 (compliance) until 2026-05-05 03:00 UTC", dueAt: until });
    expect(line({ lock: { mode: "compliance", until: justAfter(NOW) } }).rule).toBe("locked");
    expect(line({ lock: { mode: "compliance", until: NOW } }).verdict).toBe("delete");
  });
});

describe("a snapshot that Steward needs", () => {
  const by = (...reasons: string[]) =>
    planRetention({ ...facts([old(), shot()]), needed: reasons.map((by) => ({ snapshotId: "snap-old", by })) }, policy(), NOW);
  const ruled = (lines: ReturnType<typeof planRetention>) => lines.find(({ snapshotId }) => snapshotId === "snap-old");

  test("stays as long as it does, whatever the other rules say", () => {
    expect(ruled(by("the drill d"))).toMatchObject({ verdict: "keep", rule: "needed", because: "needed by the drill d", dueAt: null });
    expect(ruled(by("the drill d", "people"))).toMatchObject({ because: "needed by people, and 1 more" });
    expect(ruled(by())).toMatchObject({ verdict: "delete", rule: "due" });
  });
});

describe("a hold", () => {
  test("keeps whatever its tag says", () => {
    expect(line({ tags: { [MARK.hold]: "audit" } })).toMatchObject({ verdict: "keep", rule: "held", because: "held by steward:hold=audit", dueAt: null });
    expect(line({ tags: { [MARK.hold]: "" } })).toMatchObject({ rule: "held", because: "held by steward:hold" });
    expect(line({ tags: { [MARK.hold]: "false" } }).rule).toBe("held");
  });

  test("keeps until the date in its tag and not a moment longer", () => {
    const until = (at: Date) => line({ tags: { [MARK.holdUntil]: at.toISOString() } });
    expect(until(justAfter(NOW))).toMatchObject({
      verdict: "keep",
      rule: "held",
      because: "held by steward:hold-until=2026-05-04T03:00:00.001Z",
      dueAt: justAfter(NOW),
    });
    expect(until(NOW).verdict).toBe("delete");
    expect(line({ tags: { [MARK.holdUntil]: "2026-05-05" } })).toMatchObject({ rule: "held", dueAt: new Date("2026-05-05T00:00:00Z") });
    expect(line({ tags: { [MARK.holdUntil]: "2026-05-04" } }).verdict).toBe("delete");
  });

  test.each(["next year", "", "2026-02-30", "2020-13-01", "04.05.2020"])("keeps for ever where its date can't be understood: %j", (text) => {
    expect(line({ tags: { [MARK.holdUntil]: text } })).toMatchObject({
      verdict: "keep",
      rule: "held",
      because: `held by steward:hold-until=${text}, which is no date`,
      dueAt: null,
    });
  });

  test("keeps for ever with both tags, though the date is over", () => {
    expect(line({ tags: { [MARK.hold]: "audit", [MARK.holdUntil]: "2020-01-01" } })).toMatchObject({ rule: "held", dueAt: null });
  });

  test("is due when the last of what keeps it ends", () => {
    const lock = { mode: "governance", until: hence({ days: 3 }) };
    expect(line({ lock, tags: { [MARK.holdUntil]: "2026-05-05" } })).toMatchObject({ rule: "locked", dueAt: hence({ days: 3 }) });
    expect(line({ lock, tags: { [MARK.holdUntil]: "2026-06-01" } })).toMatchObject({ rule: "locked", dueAt: new Date("2026-06-01T00:00:00Z") });
    expect(line({ lock, tags: { [MARK.hold]: "audit" } })).toMatchObject({ rule: "locked", dueAt: null });
  });
});

describe("what is in use", () => {
  const image = (state: string, imageId = "ami-0a") => ({ imageId, state, snapshotIds: ["snap-other", "snap-old"] });

  test.each(["available", "pending", "disabled", "failed", "transient"])("keeps what an image rests on that is %s", (state) => {
    expect(line({}, { images: [image(state)] })).toMatchObject({
      verdict: "keep",
      rule: "in-use-image",
      because: `image ami-0a (${state}) rests on it`,
      dueAt: null,
    });
  });

  test("names the first of several images, and how many more there are", () => {
    expect(line({}, { images: [image("available", "ami-0b"), image("disabled"), image("available", "ami-0c")] }).because).toBe(
      "image ami-0a (disabled) rests on it, and 2 more",
    );
  });

  test("does not keep what an image of other snapshots does not need", () => {
    expect(line({}, { images: [{ ...image("available"), snapshotIds: ["snap-other"] }] }).verdict).toBe("delete");
  });

  test("keeps what a launch template names", () => {
    const templates = [{ templateId: "lt-0a", version: "3", snapshotIds: ["snap-old"] }];
    expect(line({}, { templates })).toMatchObject({
      verdict: "keep",
      rule: "in-use-template",
      because: "version 3 of launch template lt-0a names it",
      dueAt: null,
    });
    expect(line({}, { templates, images: [image("available")] }).rule).toBe("in-use-image");
  });
});

test("asks the rules from the most cautious on", () => {
  const lock = { mode: "governance", until: null };
  const tags = { [MARK.hold]: "audit" };
  expect(line({ state: "pending", lock, tags }).rule).toBe("pending");
  expect(line({ state: "recoverable", lock, tags }).rule).toBe("binned");
  expect(line({ lock, tags }).rule).toBe("locked");
});

test("lists the newest first, and of one moment by id", () => {
  const day = { slot: ago({ days: 1 }) };
  const snapshots = [shot({ ...day, id: "snap-b" }), foreign({ startedAt: ago({ days: 1 }), id: "snap-a" }), shot(), old(), shot({ ...day, id: "snap-c" })];
  for (const seen of [snapshots, snapshots.toReversed()])
    expect(planRetention(facts(seen), policy(), NOW).map(({ snapshotId }) => snapshotId)).toEqual([shot().id, "snap-a", "snap-b", "snap-c", "snap-old"]);
});
