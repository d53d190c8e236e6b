import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { Screen } from "@steward/cli/terminal/screen";
import { onlyThose, snapshotLines } from "@steward/cli/terminal/snapshot-lines";
import { describe, expect, test } from "vitest";
import { aDueLine, aLine, aReport } from "./a-report.ts";

const screenOf = (terminal: object) => new Screen(Object.assign(new PassThrough(), terminal) as unknown as NodeJS.WriteStream);
const PIPE = screenOf({});
const wide = (columns: number) => screenOf({ isTTY: true, columns });
const HERE = { region: "us-east-1", profile: undefined };

const lines = (report: Parameters<typeof snapshotLines>[0], screen = PIPE, place: Parameters<typeof snapshotLines>[1] = HERE) =>
  snapshotLines(report, place, screen).map(stripVTControlCharacters);

test("in a pipe every snapshot is one line whose columns but the last are single words", () => {
  const [title, , heads, kept, due] = lines(aReport([aLine(), aDueLine()]));
  expect(title).toBe("demo: snapshots of vol-0a1b2c3d4e5f60718, as of 2026-11-02T14:03Z");
  expect(heads?.split(/ +/)).toEqual(["VERDICT", "SNAPSHOT", "SLOT", "RULE", "DUE", "BECAUSE"]);
  expect(kept?.split(/ {2,}/)).toEqual([
    "keep",
    "snap-00000000000000001",
    "2026-11-02T14:00Z",
    "schedule",
    "2026-11-16T00:00Z",
    "daily keeps 14, this is the 3rd",
  ]);
  expect(due?.indexOf("due since")).toBe(heads?.indexOf("BECAUSE"));
});

test("one that is to be archived stays, and is counted apart", () => {
  const told = lines(aReport([aLine(), aLine({ snapshotId: "snap-00000000000000009", verdict: "archive" })])).join("\n");
  expect(told).toContain("2 snapshots: 1 stay, 1 to be archived, 0 due to go.");
  expect(told).toMatch(/^archive +snap-00000000000000009/m);
});

test("a snapshot that nobody can date has a dash, and its volume is named where there are several", () => {
  const [, , heads, held] = lines(aReport([aLine({ volumeId: "vol-former", rule: "held", dueAt: null })]));
  expect(heads).toContain("VOLUME");
  expect(held).toMatch(/ vol-former +2026-11-02T14:00Z {2}held {2}- /);
});

test.each([60, 80, 100, 139, 140, 200])("on a terminal of %i columns no line of a snapshot is broken by the terminal, and nothing is lost", (columns) => {
  const because = `held by steward:hold=${"audit of the third quarter, ".repeat(6)}end`;
  const told = lines(aReport([aLine({ because }), aDueLine()]), wide(columns));
  const table = told.slice(
    0,
    told.findIndex((line) => line.startsWith("2 snapshots")),
  );
  if (columns >= 80) expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(table.join(" ").replaceAll(/\s+/g, " ")).toContain(because);
});

test("the header says when a restore was last proven, and nothing where nobody tells", () => {
  const proof = { last: null, because: "no drill has begun yet", underWay: null };
  expect(lines(aReport([aLine()], { proof }))[1]).toBe("Restore: no restore was ever proven: no drill has begun yet");
  expect(lines(aReport([aLine()]))[1]).toBe("");
});

describe("the counts are of all", () => {
  test.each([
    [[], "There is no snapshot yet."],
    [[aLine()], "1 snapshot: 1 stay, 0 due to go."],
    [[aLine(), aDueLine()], "2 snapshots: 1 stay, 1 due to go."],
  ])("%#", (all, says) => expect(lines(aReport(all))).toContain(says));

  test("whichever are shown", () => {
    const told = lines(onlyThose(aReport([aLine(), aDueLine()]), "delete"));
    expect(told.join("\n")).not.toContain("snap-00000000000000001");
    expect(told).toContain("2 snapshots: 1 stay, 1 due to go.");
  });
});

describe("what to do next", () => {
  const payloads = (told: string[]) => told.flatMap((line) => /--payload '(.*)' \/dev\/stdout$/.exec(line)?.[1] ?? []).map((text) => JSON.parse(text));

  test("is nothing while nothing is due", () => expect(lines(aReport([aLine()])).join("\n")).not.toContain("$ "));

  test("is a hold, a look at the guards, and a run whose id makes it one pruning however often it is pasted", () => {
    const told = lines(aReport([aDueLine()]));
    expect(told).toContain("  $ aws ec2 create-tags --region us-east-1 --resources <snapshot> --tags Key=steward:hold,Value=<why>");
    expect(payloads(told)).toEqual([
      { mode: "plan", runbook: "prune-snapshots", input: {} },
      { mode: "run", runbook: "prune-snapshots", input: {}, reason: "seen in steward snapshots plan", id: "prune-20261102t140312" },
    ]);
  });

  test("names the guard's reason and the exact number to confirm where too many are due", () => {
    const told = lines(aReport([aDueLine(), aDueLine()], { because: "2 of 2 snapshots are due, more than 50 %" }));
    expect(told).toContain("Stopped: 2 of 2 snapshots are due, more than 50 %. Nothing is deleted until a person says so.");
    expect(payloads(told).map(({ input }) => input)).toEqual([{ confirm: 2 }, { confirm: 2 }]);
  });

  test("goes to where the plan came from, and takes any profile's name", () => {
    const told = lines(aReport([aDueLine()]), PIPE, { region: "eu-west-1", profile: "ops team's" });
    expect(told.filter((line) => line.includes("--region eu-west-1 --profile 'ops team'\\''s' "))).toHaveLength(3);
  });
});
