import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { costLines } from "@steward/cli/terminal/cost-lines";
import { outlineLines, removalLines } from "@steward/cli/terminal/outline-lines";
import { Screen } from "@steward/cli/terminal/screen";
import { ASSUMED } from "@steward/core/cost/assumptions";
import { estimate } from "@steward/core/cost/estimate";
import { outline } from "@steward/core/topology/outline";
import { removalOutline } from "@steward/core/topology/removal-outline";
import { afterAll, describe, expect, test } from "vitest";
import { haTopology, singleTopology } from "../settings.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "steward-preview-"));
afterAll(() => rmSync(folder, { recursive: true }));

const place = { account: "111122223333", region: "eu-west-1", network: { zones: ["eu-west-1a", "eu-west-1b"] } };
const production = {
  topology: "ha",
  ...place,
  plainHttp: true,
  packageManager: { license: { kind: "key" } },
  alerts: { pager: ["https://pager.example.com/S3CR3T"] },
};
const team = { topology: "single", ...place, access: { from: ["203.0.113.0/24"] }, alerts: { people: ["ops@example.com"] } };

function config(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, `const config: unknown = ${JSON.stringify(value)};\nexport default config;\n`);
  return path;
}
const good = config("good.config.ts", { stages: { production, team } });

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** As a shell would run it, without a terminal and without anything of AWS in the environment. */
const steward = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: ROOT, env: { PATH: process.env.PATH }, maxBuffer: 1e8 };
    execFile(process.execPath, [join(ROOT, "packages/cli/bin/steward.mjs"), ...args], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
const preview = (...args: string[]) => steward("preview", ...args);

describe("a preview", () => {
  test("prints every group with its count, the cost and the warnings", async () => {
    const { code, stdout, stderr } = await preview("--stage", "production", "--file", good);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("A deploy of production (ha) to account 111122223333 in eu-west-1 would create:");
    for (const { title, items } of outline(haTopology("production"))) expect(stdout).toContain(`\n${title} (${items.length})\n`);
    expect(stdout).toMatch(/^Cost a month: \$[\d,.]+ before use \(fleet \$[\d,.]+, Steward \$[\d.]+\), \$[\d,.]+ at the full load/m);
    expect(stdout).toContain("! prices are those of us-east-1; eu-west-1 has its own");
    expect(stdout).toMatch(/^! stages\.production\.packageManager\.license\.kind is "key"/m);
    for (const control of ["\u001b", "\r", "S3CR3T"]) expect(stdout).not.toContain(control);
  });

  test("is one JSON object, without a secret", async () => {
    const { code, stdout } = await preview("--stage", "production", "--file", good, "--json");
    expect(code).toBe(0);
    expect(stdout).not.toContain("S3CR3T");
    const printed = JSON.parse(stdout);
    expect(Object.keys(printed)).toEqual(["stage", "file", "topology", "place", "groups", "cost", "warnings"]);
    for (const { count, items } of printed.groups) expect(items).toHaveLength(count);
    expect(printed.cost.totals.all).toBe(estimate(haTopology("production", { alerts: production.alerts })).totals.all);
    expect(printed.warnings.map(({ path }: { path: string }) => path)).toEqual(["stages.production.packageManager.license.kind"]);
  });

  test("needs no name where there is one stage, and says what there is where there are more", async () => {
    const one = await preview("--file", config("one.config.ts", { stages: { team } }));
    expect(one.stdout).toContain("A deploy of team (single)");
    const more = await preview("--file", good);
    expect({ code: more.code, stdout: more.stdout }).toEqual({ code: 2, stdout: "" });
    expect(more.stderr).toContain("--stage is needed; there is production, team");
  });

  test("of a removal says what goes, what stays, and how", async () => {
    const { code, stdout } = await preview("--stage", "team", "--remove", "--file", good);
    expect(code).toBe(0);
    for (const words of ["Goes (", "Stays; no deploy may", "the Elastic IP: users know the server by it"]) expect(stdout).toContain(words);
    expect(stdout).toContain("  $ STEWARD_ALLOW_REMOVE=team npx sst remove --stage team\n");
    const printed = JSON.parse((await preview("--stage", "team", "--remove", "--json", "--file", good)).stdout);
    expect(printed).toEqual({ stage: "team", file: good, ...removalOutline(singleTopology("team")) });
  });
});

describe("problems come first, end with code 2, and nothing else is printed", () => {
  const bad = config("bad.config.ts", { stages: { team: { ...team, access: { from: ["0.0.0.0/0"] }, logDays: 3 } } });
  const large = config("large.config.ts", {
    stages: { team: { ...team, access: { from: Array.from({ length: 61 }, (_, index) => `203.0.${index}.0/24`) } } },
  });

  test.each([
    [["--file", bad], "2 problems in the settings; nothing is done"],
    [["--file", bad], "stages.team.logDays is 3"],
    [["--file", bad, "--remove"], "stages.team.access.from lets in 0.0.0.0/0"],
    [["--file", large], "stages.team: inbound rules of steward-team-nodes would be 61; allowed: 60 at most (VPC: rules of a security group)"],
    [["--file", good, "--stage", "tema"], "stages.tema is not there; did you mean team?"],
    [["--file", join(folder, "none.ts")], "--file names another"],
  ])("%#", async (args, says) => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await preview(...args);
    expect(stderr).toContain(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(readdirSync(folder)).toEqual(before);
  });

  test("as JSON too", async () => {
    const { code, stdout } = await preview("--file", large, "--json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      problems: [{ path: "stages.team: inbound rules of steward-team-nodes", problem: "would be 61", allowed: "60 at most (VPC: rules of a security group)" }],
    });
  });
});

test("docs/costs.md is what the command prints", async () => {
  const { code, stdout } = await preview("--markdown");
  expect(code).toBe(0);
  expect(stdout).toBe(readFileSync(join(ROOT, "docs/costs.md"), "utf8"));
});

describe("on a terminal", () => {
  const terminal = (columns: number) => new Screen(Object.assign(Object.create(process.stdout), { isTTY: true, columns }));
  const odd = haTopology("demo", { nodes: { instanceType: "x9.huge" }, region: "eu-west-1", network: { zones: ["eu-west-1a", "eu-west-1b"] } });

  test.each([60, 80, 129, 130, 200])("of %i columns no line is longer, and nothing is lost", (columns) => {
    const screen = terminal(columns);
    const printed = [...outlineLines(outline(odd), screen), ...costLines(estimate(odd), screen), ...removalLines(removalOutline(odd), screen)];
    const plain = printed.map((line) => stripVTControlCharacters(line));
    for (const line of plain) expect(line.length).toBeLessThanOrEqual(columns);
    const text = plain.join("").replaceAll(" ", "");
    for (const { name, details } of outline(odd).flatMap(({ items }) => items))
      for (const words of [name, ...details]) expect(text).toContain(words.replaceAll(" ", ""));
    for (const { what } of estimate(odd).lines) expect(text).toContain(what.replaceAll(" ", ""));
    expect(text).toContain("!priceunknown:2nodes,x9.huge;notinthesums");
  });
});

test("a look at a quiet fleet, a sweep's or that of what keeps snapshots and images, takes no more of what is paid than the estimate assumes", async () => {
  const { calls, startedAt, endedAt } = JSON.parse((await steward("simulate", "--scenario", "quiet", "--json")).stdout);
  const looks = (2 * (Date.parse(endedAt) - Date.parse(startedAt))) / 300_000;
  const each = (action: string) => (calls.byAction[action] ?? 0) / looks;
  expect(looks).toBeGreaterThan(2);
  expect(each("dynamodb:Query") + each("dynamodb:GetItem")).toBeLessThanOrEqual(ASSUMED.sweepReads.value);
  expect(each("dynamodb:PutItem") + each("dynamodb:UpdateItem")).toBeLessThanOrEqual(ASSUMED.sweepWrites.value);
  expect(each("cloudwatch:DescribeAlarms") + each("cloudwatch:PutMetricData")).toBeLessThanOrEqual(ASSUMED.sweepMetricRequests.value);
  expect((calls.total / looks) * 0.04).toBeLessThanOrEqual(ASSUMED.sweepSeconds.value);
});
