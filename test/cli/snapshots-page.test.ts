import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { Screen } from "@steward/cli/terminal/screen";
import { snapshotLines } from "@steward/cli/terminal/snapshot-lines";
import { MARK } from "@steward/core/retention/marks";
import { RETENTION_RULES } from "@steward/core/retention/plan";
import { reportOf } from "@steward/core/retention/report";
import type { Snapshot } from "@steward/core/retention/snapshot";
import { Keeping } from "@steward/core/settings/schema";
import { expect, test } from "vitest";

const PAGE = readFileSync(new URL("../../docs/snapshots.md", import.meta.url), "utf8");
const NOON = new Date("2026-11-04T12:00:00Z");
const DAY = 86_400_000;

const atMidnight = (slot: Date, index: number): Snapshot => ({
  id: `snap-${String(index).padStart(17, "0")}`,
  volumeId: "vol-1",
  state: "completed",
  stateMessage: null,
  startedAt: slot,
  sizeGib: 500,
  tier: "standard",
  lock: null,
  tags: {
    [MARK.stage]: "demo",
    [MARK.volume]: "data",
    [MARK.schedules]: "daily",
    [MARK.slot]: slot.toISOString(),
    [MARK.consistency]: "application",
  },
});

/** The plan of the page's example, by the schedule as the page has it. */
function example() {
  const [, id = "", everyHours = "", keep = ""] = /schedules: \[\{ id: "(.*)", everyHours: (\d+), keep: \{ (.*) \} \}\]/.exec(PAGE) ?? [];
  const numbers = Object.fromEntries(keep.split(", ").map((rule) => rule.split(": ")));
  const kept = Object.fromEntries(Object.entries(numbers).map(([rule, n]) => [rule, Number(n)]));
  const { snapshots: policy } = Keeping.parse({ snapshots: { schedules: [{ id, everyHours: Number(everyHours), keep: kept }] }, images: {} });
  if (!policy) throw new Error("the page's example keeps nothing");
  const first = Date.UTC(2024, 0, 1);
  const snapshots = Array.from({ length: Math.ceil((NOON.getTime() - first) / DAY) }, (_, index) => atMidnight(new Date(first + index * DAY), index));
  const facts = { stage: "demo", at: NOON, volumeId: "vol-1", volumes: ["vol-1"], snapshots, images: [], templates: [], needed: [] };
  return { ...reportOf(facts, policy, NOON), proof: null };
}

test("the page names every rule, in the order in which they are asked", () => {
  const table = PAGE.slice(PAGE.indexOf("| rule | verdict |"), PAGE.indexOf("A schedule keeps what"));
  expect(table.match(/^\| `[a-z-]+`/gm)).toEqual(RETENTION_RULES.map((rule) => `| \`${rule}\``));
});

test("the plan of the page's example is what the page says", () => {
  const report = example();
  const all = report.counts.keep + report.counts.delete;
  expect(PAGE).toContain(`${report.counts.keep} of ${all.toLocaleString("en-US")} are left`);
  const shown = PAGE.slice(PAGE.indexOf("```text"), PAGE.indexOf("`DUE` is when")).match(/^(VERDICT|keep).*$/gm);
  const printed = snapshotLines(report, { region: "us-east-1", profile: undefined }, new Screen(new PassThrough() as unknown as NodeJS.WriteStream));
  expect(shown).toHaveLength(6);
  // Rules with longer names than those shown push the later columns to the right.
  const words = (lines: readonly string[]) => lines.map((line) => line.replaceAll(/ +/g, " "));
  expect(words(printed)).toEqual(expect.arrayContaining(words(shown ?? [])));
});
