import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { Screen } from "@steward/cli/terminal/screen";
import { statusLines } from "@steward/cli/terminal/status-lines";
import { statusOf } from "@steward/core/fleet/status";
import type { ProofView } from "@steward/core/proof/view";
import { expect, test } from "vitest";
import { healthyFleet } from "../core/builders.ts";
import { policyFor } from "../core/first-deploy/founding.ts";

const screen = new Screen(Object.assign(new PassThrough(), { isTTY: true, columns: 400 }) as unknown as NodeJS.WriteStream);
const lines = (proof: ProofView | null) => statusLines(statusOf(healthyFleet(), policyFor("single"), proof), screen).map(stripVTControlCharacters);
const restore = (told: string[]) => told.slice(told.indexOf("Restore") + 1);
const last = { at: new Date("2026-11-02T04:10:00Z"), snapshotId: "snap-1", rpoSeconds: 600, servedAfterSeconds: 660, loadedAfterSeconds: 7_500 };

test("a restore that was proven is told with its numbers", () => {
  const [first, second] = restore(lines({ last, because: null, underWay: null }));
  expect(first).toMatch(/^ {2}last proven 2026-11-02T04:10:00.000Z with snap-1: .*10 min.*\(RPO\); it served after 11 min, .* 2 h 5 min \(RTO\)$/);
  expect(second).toBeOneOf(["", undefined]);
});

test("what is wrong since then is told too", () => {
  expect(restore(lines({ last, because: "snap-2 did not pass: no rows", underWay: null }))[1]).toBe("  snap-2 did not pass: no rows");
});

test("that none ever was is told with the reason, once", () => {
  const told = lines({ last: null, because: "no drill has begun yet", underWay: null });
  expect(told.filter((line) => line.includes("no drill has begun yet"))).toEqual(["  no restore was ever proven: no drill has begun yet"]);
});

test("where nobody tells of proofs, nothing is said of them", () => {
  expect(lines(null)).not.toContain("Restore");
});
