import { execFile } from "node:child_process";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { imageLines } from "@steward/cli/terminal/image-lines";
import { Screen } from "@steward/cli/terminal/screen";
import { ImagesReport } from "@steward/core/image/report";
import type { ImageLine } from "@steward/core/image/retention";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aServedAccount } from "./a-served-account.ts";
import { anAnsweringStage } from "./an-answering-stage.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const BIN = `${ROOT}packages/cli/bin/steward.mjs`;
const DEMO = ["--file", "packages/cli/demo-single.config.ts"];

/** One that the plan keeps, unless told otherwise. */
const aLine = (more: Partial<ImageLine> = {}): ImageLine => ({
  imageId: "ami-00000000000000001",
  name: "steward-demo-node 2026-10-26",
  at: new Date("2026-10-26T04:40:00Z"),
  verdict: "keep",
  rule: "last-proven",
  because: "it is the last image with which nodes have served",
  dueAt: null,
  snapshotIds: ["snap-1"],
  ...more,
});
const aDueLine = (more: Partial<ImageLine> = {}): ImageLine =>
  aLine({
    imageId: "ami-00000000000000002",
    verdict: "deregister",
    rule: "due",
    because: "nothing keeps it",
    dueAt: new Date("2026-11-01T00:00:00Z"),
    ...more,
  });
const aReport = (lines: ImageLine[]): ImagesReport => {
  const count = (verdict: ImageLine["verdict"]) => lines.filter((line) => line.verdict === verdict).length;
  const counts = { keep: count("keep"), disable: count("disable"), deregister: count("deregister") };
  return { stage: "demo", at: new Date("2026-11-02T14:03:12Z"), lines, counts, leftSnapshots: [] };
};

describe("the page", () => {
  const screenOf = (terminal: object) => new Screen(Object.assign(new PassThrough(), terminal) as unknown as NodeJS.WriteStream);
  const lines = (report: ImagesReport, terminal: object = {}) =>
    imageLines(report, { region: "us-east-1", profile: undefined }, screenOf(terminal)).map(stripVTControlCharacters);

  test("has in a pipe one line for every image, whose columns but the last are single words", () => {
    const [title, , heads, kept, due] = lines(aReport([aLine(), aDueLine()]));
    expect(title).toBe("demo: golden images, as of 2026-11-02T14:03Z");
    expect(heads?.split(/ +/)).toEqual(["VERDICT", "IMAGE", "MADE", "RULE", "DUE", "BECAUSE"]);
    expect(kept?.split(/ {2,}/)).toEqual(["keep", "ami-00000000000000001", "2026-10-26T04:40Z", "last-proven", "-", aLine().because]);
    expect(due?.indexOf("nothing keeps it")).toBe(heads?.indexOf("BECAUSE"));
  });

  test.each([60, 100])("on a terminal of %i columns has the reason under the image", (columns) => {
    const told = lines(aReport([aDueLine()]), { isTTY: true, columns });
    expect(told.slice(2, 4)).toEqual([expect.stringMatching(/^deregister {2}ami-\S+ +\S+ +due$/), "    due 2026-11-01T00:00Z; nothing keeps it"]);
  });

  test.each([
    [[], "There is no image yet."],
    [[aLine()], "1 image: 1 stay, 0 due to go."],
    [[aLine(), aDueLine()], "2 images: 1 stay, 1 due to go."],
    [[aLine(), aDueLine(), aDueLine({ verdict: "disable" })], "3 images: 1 stay, 1 due to be disabled, 1 to go."],
  ])("%# counts them", (all, says) => expect(lines(aReport(all))).toContain(says));

  test("says where something is due how to keep one, what would refuse, and how to go on at once", () => {
    const commands = lines(aReport([aDueLine()])).filter((line) => line.startsWith("  $ "));
    expect(commands[0]).toContain("aws ec2 create-tags --region us-east-1 --resources <id> --tags Key=steward:hold");
    const payloads = commands.slice(1).map((line) => JSON.parse(/'(.*)'/.exec(line)?.[1] ?? ""));
    expect(payloads).toEqual([
      { mode: "plan", runbook: "prune-images", input: {} },
      { mode: "run", runbook: "prune-images", input: {}, reason: "seen in steward images plan", id: "images-20261102t140312" },
    ]);
    expect(lines(aReport([aLine()])).filter((line) => line.startsWith("  $ "))).toEqual([]);
  });

  const aLeftSnapshot = (more: Partial<ImagesReport["leftSnapshots"][number]> = {}): ImagesReport["leftSnapshots"][number] => ({
    snapshotId: "snap-00000000000000009",
    at: new Date("2026-10-01T04:40:00Z"),
    verdict: "delete",
    rule: "due",
    because: "its image is gone, and nothing keeps it",
    dueAt: new Date("2026-11-01T00:00:00Z"),
    ...more,
  });

  test("has a line for every snapshot whose image is gone, and how to go on where one is due", () => {
    const told = lines({ ...aReport([aLine()]), leftSnapshots: [aLeftSnapshot()] });
    expect(told).toContain("Of images that are gone 1 snapshot is left:");
    expect(told.find((line) => line.startsWith("delete"))?.split(/ {2,}/)).toEqual([
      "delete",
      "snap-00000000000000009",
      "2026-10-01T04:40Z",
      "due",
      "2026-11-01T00:00Z",
      "its image is gone, and nothing keeps it",
    ]);
    expect(told.filter((line) => line.startsWith("  $ "))).toHaveLength(3);
    const kept = aLeftSnapshot({ verdict: "keep", rule: "held", because: "it has the tag steward:hold", dueAt: null });
    const both = lines({ ...aReport([aLine()]), leftSnapshots: [kept, kept] });
    expect(both).toContain("Of images that are gone 2 snapshots are left:");
    expect(both.filter((line) => line.startsWith("  $ "))).toEqual([]);
  });
});

describe("steward images plan", () => {
  let stage: Awaited<ReturnType<typeof anAnsweringStage>>;
  beforeAll(async () => {
    stage = await anAnsweringStage();
  });
  beforeEach(() => void stage.asked.splice(0));
  afterAll(() => stage.close());

  const plan = (args: string[] = [], endpoint = stage.endpoint) => {
    const env = { PATH: process.env.PATH, AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: "AKIASTEWARDOPERATOR0", AWS_SECRET_ACCESS_KEY: "any" };
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, [BIN, "images", "plan", ...DEMO, ...args], { cwd: ROOT, env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  };

  test("asks the stage's function for people, and shows every image with its reason", async () => {
    stage.answers({ body: aReport([aLine(), aDueLine()]) });
    const { code, stdout, stderr } = await plan();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stage.asked).toEqual([{ path: "/2015-03-31/functions/steward-demo-runbook/invocations", payload: { mode: "images" } }]);
    expect(stdout).toMatch(/^deregister {2}ami-00000000000000002 .* nothing keeps it$/m);
  });

  test("prints the report as one JSON object", async () => {
    const report = aReport([aLine(), aDueLine()]);
    stage.answers({ body: report });
    expect(ImagesReport.parse(JSON.parse((await plan(["--json"])).stdout))).toEqual(report);
  });

  test("says in words what an older function does not understand, with code 2", async () => {
    stage.answers({ body: { error: "invalid mode", modes: ["list", "status"] } });
    expect(await plan()).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("it may be of another version") });
  });

  test("is understood by the simulated account's own function", async () => {
    const { endpoint, end } = await aServedAccount("--topology", "single");
    const { code, stdout, stderr } = await plan(["--json"], endpoint).finally(end);
    expect([code, stderr]).toEqual([0, ""]);
    expect(ImagesReport.parse(JSON.parse(stdout))).toMatchObject({ stage: "demo" });
  });
});
