import { chooseSnapshot } from "@steward/core/proof/choose";
import { MARK } from "@steward/core/retention/marks";
import type { Snapshot } from "@steward/core/retention/snapshot";
import { describe, expect, test } from "vitest";
import { ago } from "../builders.ts";
import { FORMER_VOLUME, facts, foreign, shot, VOLUME } from "../retention/builders.ts";

const newest = shot({ slot: ago({ hours: 1 }) });
const older = shot({ slot: ago({ hours: 2 }) });
const chosen = (snapshots: Snapshot[], asked: string | null = null, volumeId: string | null = VOLUME): string => {
  const found = chooseSnapshot(facts(snapshots, { volumeId }), asked);
  return typeof found === "string" ? found : found.snapshot.id;
};

describe("the snapshot that is proven", () => {
  test("is the newest that is application-consistent, in whatever order they come", () => {
    expect([chosen([older, newest]), chosen([newest, older])]).toEqual([newest.id, newest.id]);
  });

  test.each([
    ["not finished", { ...newest, state: "pending" as const }],
    ["in the Recycle Bin", { ...newest, state: "recoverable" as const }],
    ["in the archive", { ...newest, tier: "archive" as const }],
    ["crash-consistent", shot({ slot: ago({ hours: 1 }), consistency: "crash" })],
    ["unproven", shot({ slot: ago({ hours: 1 }), consistency: "unproven" })],
    ["one with which a proof has failed", shot({ slot: ago({ hours: 1 }), tags: { [MARK.proofFailed]: "no rows" } })],
    ["of another volume", { ...newest, volumeId: FORMER_VOLUME }],
    ["somebody else's", foreign({ startedAt: ago({ hours: 1 }) })],
  ])("is none that is %s", (_what, other) => {
    expect(chosen([older, other])).toBe(older.id);
  });

  test("is none where there is none, and why", () => {
    expect(chosen([])).toBe(`${VOLUME} has no application-consistent snapshot that could be restored`);
    expect(chosen([newest], null, null)).toBe("there is no data volume");
  });

  test("is the one that is asked for, whatever is known against it", () => {
    const failed = shot({ slot: ago({ hours: 3 }), consistency: "crash", tags: { [MARK.proofFailed]: "no rows" } });
    expect(chosen([newest, failed], failed.id)).toBe(failed.id);
    expect(chosen([newest], newest.id, null)).toBe(newest.id);
  });

  test.each([
    ["unknown", newest, "snap-other", "snap-other is no snapshot that Steward made for demo"],
    ["somebody else's", foreign(), foreign().id, "snap-of-somebody is no snapshot that Steward made for demo"],
    ["not finished", { ...newest, state: "pending" as const }, newest.id, `${newest.id} is pending`],
    ["in the archive", { ...newest, tier: "archive" as const }, newest.id, `${newest.id} is in the archive: it has to be restored from there first`],
  ])("can't be one that is %s", (_what, other, asked, because) => {
    expect(chosen([other], asked)).toBe(because);
  });
});
