import type { DrillRecord } from "@steward/core/proof/drill-record";
import { ProofView, proofView, proofWords } from "@steward/core/proof/view";
import { describe, expect, test } from "vitest";
import { ago, NOW } from "../builders.ts";
import { DRILL, record, SNAPSHOT } from "./builders.ts";

const proven = (but: Partial<DrillRecord> = {}): DrillRecord =>
  record({
    state: "proven",
    startedAt: ago({ hours: 4 }),
    servedAt: ago({ hours: 3 }),
    loadedAt: ago({ hours: 1 }),
    decidedAt: ago({ minutes: 170 }),
    provenAt: ago({ minutes: 170 }),
    endedAt: NOW,
    ...but,
  });
const numbers = { at: ago({ minutes: 170 }), snapshotId: SNAPSHOT, rpoSeconds: 3300, servedAfterSeconds: 3600, loadedAfterSeconds: 10_800 };
const earlier = { ...numbers, at: ago({ days: 9 }), snapshotId: "snap-0" };
const words = (drill: DrillRecord | null, everyDays: number | null = 7): string => proofWords(proofView(drill, everyDays));

describe("the last proof", () => {
  test("is that of the newest drill, in numbers", () => {
    const view = proofView(proven({ lastProven: earlier }), 7);
    expect(view).toEqual({ last: numbers, because: null, underWay: null });
    expect(ProofView.parse(JSON.parse(JSON.stringify(view)))).toEqual(view);
  });

  test("is that of an earlier one as long as the newest has none", () => {
    for (const state of ["under-way", "failed", "undecided"] as const) expect(proofView(record({ state, lastProven: earlier }), 7).last).toEqual(earlier);
    expect(proofView(record({ state: "proven", lastProven: earlier }), 7).last).toEqual(earlier);
  });

  test("lacks the times that did not come about, and has none below nothing", () => {
    expect(proofView(proven({ servedAt: null, loadedAt: null }), 7).last).toMatchObject({ servedAfterSeconds: null, loadedAfterSeconds: null });
    expect(proofView(proven({ servedAt: ago({ hours: 5 }) }), 7).last).toMatchObject({ servedAfterSeconds: 0 });
  });
});

describe("why there is none", () => {
  const since = ago({ hours: 2 });
  test.each<[string, DrillRecord | null, number | null, string | null]>([
    ["nobody wants any", null, null, "drills are switched off, and nobody has asked for one"],
    ["none has begun", null, 7, "no drill has begun yet"],
    [
      "one failed, whatever the newest came to",
      record({ state: "undecided", unproven: { since, snapshotId: "snap-0", because: "no rows" } }),
      7,
      `snap-0 did not pass at ${since.toISOString()}: no rows`,
    ],
    [
      "the newest came to no verdict",
      record({ state: "undecided", because: "no capacity", startedAt: since }),
      7,
      `the drill of ${since.toISOString()} came to no verdict: no capacity`,
    ],
    ["nobody knows", record({ state: "undecided", startedAt: since }), 7, `the drill of ${since.toISOString()} came to no verdict: nobody knows why`],
    ["nothing is wrong with it", record(), 7, null],
  ])("is told where %s", (_, drill, everyDays, because) => {
    expect(proofView(drill, everyDays).because).toBe(because);
  });
});

test("a drill is under way up to its verdict", () => {
  expect(proofView(record(), 7).underWay).toEqual({ id: DRILL, snapshotId: SNAPSHOT, startedAt: record().startedAt });
  expect(proofView(proven({ endedAt: null }), 7).underWay).toBeNull();
});

describe("in words", () => {
  const last = `last proven ${numbers.at.toISOString()} with ${SNAPSHOT}: what was written in the`;

  test("it says what would have been lost and how long a restore takes", () => {
    expect(words(proven())).toBe(`${last} 55 min before would have been lost (RPO); it served after 1 h, as fast as before after 3 h (RTO)`);
    expect(words(proven({ rpoSeconds: 90_061, servedAt: null, loadedAt: null }))).toBe(
      `${last} 1 d 1 h before would have been lost (RPO); nothing was started on it (RTO)`,
    );
    expect(words(proven({ rpoSeconds: 0, loadedAt: null }))).toBe(`${last} 0 s before would have been lost (RPO); it served after 1 h (RTO)`);
  });

  test("it says that none ever was, and why, and what is under way", () => {
    expect(words(null)).toBe("no restore was ever proven: no drill has begun yet");
    expect(words(record())).toBe(`no restore was ever proven; a drill of ${SNAPSHOT} is under way`);
  });
});
