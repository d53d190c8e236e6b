import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { loadConfig } from "@steward/cli/load-config";
import { Screen } from "@steward/cli/terminal/screen";
import { settingsTable, warningLines } from "@steward/cli/terminal/settings-table";
import { explain } from "@steward/core/settings/explain";
import { afterAll, describe, expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "steward-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const place = { account: "111122223333", region: "eu-west-1", network: { zones: ["eu-west-1a", "eu-west-1b"] } };
const production = {
  topology: "ha",
  ...place,
  plainHttp: true,
  packageManager: { license: { kind: "key" } },
  database: { backupDays: 14 },
  alerts: { people: ["ops@example.com"] },
};
const team = { topology: "single", ...place, access: { from: ["203.0.113.0/24"] }, alerts: { pager: ["https://pager.example.com/S3CR3T"] } };

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const config = (name: string, value: unknown): string => file(name, `const config: unknown = ${JSON.stringify(value)};\nexport default config;\n`);
const good = config("good.config.ts", { stages: { production, team } });

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const steward = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, "packages/cli/bin/steward.mjs"), "config", ...args], { cwd: ROOT }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

describe("the settings of a stage", () => {
  test("are printed with where each comes from and what it is for, warnings below", async () => {
    const { code, stdout, stderr } = await steward("--stage", "production", "--file", good);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^database\.backupDays +14 +good\.config\.ts +Days of automated backups\.$/m);
    expect(stdout).toMatch(/^database\.storageGib +100 +default +Storage at first/m);
    expect(stdout).toMatch(/^! stages\.production\.packageManager\.license\.kind is "key": .*; better: "file" or "floating"$/m);
    for (const control of ["\u001b", "\r"]) expect(stdout).not.toContain(control);
  });

  test("are printed as one JSON object, without a secret", async () => {
    const { code, stdout } = await steward("--stage", "team", "--json", "--file", good);
    expect(code).toBe(0);
    expect(stdout).not.toContain("S3CR3T");
    const printed = JSON.parse(stdout);
    expect(Object.keys(printed)).toEqual(["stage", "file", "settings", "warnings"]);
    expect(printed).toMatchObject({ stage: "team", file: good, warnings: [] });
    expect(printed.settings).toContainEqual({
      path: "access.from",
      value: ["203.0.113.0/24"],
      from: "good.config.ts",
      words: "IPv4 ranges that may reach Package Manager.",
      allowed: expect.stringContaining("IPv4 range"),
    });
    expect(printed.settings).toContainEqual(expect.objectContaining({ path: "nodes.instanceType", value: "m6i.xlarge", from: "default" }));
  });

  test("need no name where there is one stage", async () => {
    const { code, stdout } = await steward("--json", "--file", config("one.config.ts", { stages: { team } }));
    expect({ code, stage: JSON.parse(stdout).stage }).toEqual({ code: 0, stage: "team" });
  });
});

test("every stage is listed", async () => {
  const { code, stdout } = await steward("--all", "--file", good);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^production +ha +111122223333 +eu-west-1 +Package Manager 2026\.08\.0$/m);
  expect(stdout).toMatch(/^team +single /m);
  const printed = JSON.parse((await steward("--all", "--json", "--file", good)).stdout);
  expect(printed.stages).toEqual([
    { stage: "production", topology: "ha", account: "111122223333", region: "eu-west-1", version: "2026.08.0" },
    { stage: "team", topology: "single", account: "111122223333", region: "eu-west-1", version: "2026.08.0" },
  ]);
  expect(printed.warnings).toHaveLength(1);
});

describe("bad settings end with code 2", () => {
  const bad = config("bad.config.ts", {
    stages: { production: { ...production, database: { backupDays: 99 } }, team: { ...team, access: { from: ["0.0.0.0/0"] }, tsl: "none" } },
  });

  test("and every problem, whatever the stage; nothing is created", async () => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await steward("--stage", "production", "--file", bad);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("3 problems in the settings; nothing is done");
    expect(stderr).toContain("stages.production.database.backupDays is 99; allowed: a whole number from 1 to 35");
    expect(stderr).toContain("stages.team.access.from lets in 0.0.0.0/0; allowed:");
    expect(stderr).toContain("stages.team.tsl is not a setting here; did you mean tls?");
    expect(readdirSync(folder)).toEqual(before);
  });

  test("and the problems as JSON", async () => {
    const { code, stdout } = await steward("--all", "--json", "--file", bad);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      problems: expect.arrayContaining([{ path: "stages.production.database.backupDays", problem: "is 99", allowed: "a whole number from 1 to 35" }]),
    });
  });
});

describe("a wrong call ends with code 2 and says what there is", () => {
  test.each([
    [["--file", good], "--stage is needed; there is production, team"],
    [["--stage", "prodution", "--file", good], "stages.prodution is not there; did you mean production?; allowed: production, team"],
    [["--file", join(folder, "none.ts")], "--file names another"],
    [["--file", file("broken.config.ts", "export default {")], "broken.config.ts cannot be loaded:"],
    [["--file", file("throws.config.ts", 'throw new Error("no such variable");')], "throws.config.ts cannot be loaded: no such variable"],
    [["--file", file("empty.config.ts", "export const stages = {};")], "empty.config.ts exports nothing by default"],
    [["--file", file("null.config.ts", "export default null;")], "the config is null; allowed: a group of stages"],
  ])("%#", async (args, says) => {
    const { code, stdout, stderr } = await steward(...args);
    expect(stderr).toContain(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("also for what is thrown and is no error", async () => {
    await expect(loadConfig(file("odd.config.ts", 'throw "odd";'))).rejects.toThrow("cannot be loaded: odd");
  });
});

test("the page of all settings is printed", async () => {
  const { code, stdout } = await steward("--markdown", "--file", "none.ts");
  expect(code).toBe(0);
  expect(stdout).toBe(readFileSync(join(ROOT, "docs/settings.md"), "utf8"));
});

describe("on a terminal", () => {
  const terminal = (columns: number) => new Screen(Object.assign(Object.create(process.stdout), { isTTY: true, columns }));
  const lines = explain(
    { stages: { production: { ...production, storage: { prefix: "x".repeat(90) }, access: { from: ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"] } } } },
    "production",
  );
  const plain = stripVTControlCharacters;

  test.each([60, 80, 100, 139, 140, 200])("of %i columns no line is longer, and nothing is lost", (columns) => {
    const printed = settingsTable(lines, terminal(columns)).map((line) => plain(line));
    for (const line of printed) expect(line.length).toBeLessThanOrEqual(columns);
    for (const { path } of lines) expect(printed.some((line) => line.startsWith(`${path} `))).toBe(true);
    expect(printed.join("").replaceAll(/[^x]/g, "").length).toBeGreaterThanOrEqual(90);
  });

  test("that is narrow the words stand under the setting", () => {
    const printed = settingsTable(lines, terminal(80)).map((line) => plain(line));
    expect(printed).toContain("database.backupDays = 14 (steward.config.ts)");
    expect(printed[printed.indexOf("database.backupDays = 14 (steward.config.ts)") + 1]).toBe("    Days of automated backups.");
  });

  test("warnings are wrapped, and it is said when there are none", () => {
    const warning = { id: "a", path: "stages.team.alerts", problem: "is empty: nobody is told of incidents", better: "an address in alerts.people" };
    for (const line of warningLines([warning], terminal(60)).map((line) => plain(line))) expect(line.length).toBeLessThanOrEqual(60);
    expect(warningLines([], terminal(60)).map((line) => plain(line))).toEqual(["✓ nothing to warn of"]);
  });
});
