import { execFileSync } from "node:child_process";
import { appendFileSync, globSync, readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AStage, envelope } from "./a-stage.ts";
import type { Ended } from "./debian/execute.ts";
import { aPostgres, type Postgres } from "./debian/postgres.ts";
import type { Root } from "./debian/root.ts";

/** Files that hold secrets by design, each for its owner alone. */
const BY_DESIGN = ["run/steward/rstudio-pm.env", "run/steward/fingerprint-salt", "var/lib/rstudio-pm/steward.lic"];
let postgres: Postgres;
let stage: AStage;
let root: Root;
const outputs: Ended[] = [];

beforeAll(async () => {
  postgres = await aPostgres();
  stage = await AStage.open("ha", postgres);
  root = stage.node();
  const { document } = await stage.want(await stage.document());
  outputs.push(await root.run("init-database", envelope("i", { document })));
  outputs.push(await root.run("converge", envelope("c")));
  // As if the server itself had been careless with what it knows.
  for (const secret of onThisNode()) appendFileSync(root.at("var/log/rstudio/rstudio-pm/rstudio-pm.log"), `error near ${secret} in the settings\n`);
  for (const verb of ["collect", "probe", "restart", "drain", "resume", "converge"]) outputs.push(await root.run(verb, envelope(verb)));
});
afterAll(async () => {
  stage?.close();
  await postgres?.stop();
});

const onThisNode = () => [stage.vault["encryption-key"], stage.vault["fingerprint-salt"], stage.vault.license, "canary-login-a_0123456789"];

test("every verb was carried out", () => {
  expect(outputs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(outputs.map(() => [0, ""]));
});

test("no secret is in an output, in an argument or in the environment of a child; the server's own environment is the one place for them", () => {
  const seen = JSON.stringify(outputs) + root.calls().join("\n");
  expect(root.calls().length).toBeGreaterThan(20);
  for (const secret of [...stage.canaries, "session-token"]) expect(seen).not.toContain(secret);
  const server = readFileSync(`/proc/${readFileSync(root.suite("pid"), "utf8")}/environ`, "utf8");
  expect(server).toContain(stage.vault["encryption-key"]);
});

test("no secret lies in a file, but in those that are meant for it", () => {
  const files = globSync("{etc,run,opt/steward/etc,tmp,var}/**", { cwd: root.at(""), withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.at("x").length - 1));
  const holding = files.filter((path) => !path.endsWith("rstudio-pm.log") && stage.canaries.some((canary) => readFileSync(root.at(path)).includes(canary)));
  expect(holding.sort()).toEqual(BY_DESIGN.toSorted());
  expect(holding.map((path) => (statSync(root.at(path)).mode & 0o777).toString(8))).toEqual(["600", "600", "600"]);
});

test("the environment file is one that systemd would read to the same values", () => {
  const text = readFileSync(root.at("run/steward/rstudio-pm.env"), "utf8");
  const shell = execFileSync("sh", ["-c", `set -a; . '${root.at("run/steward/rstudio-pm.env")}'; printf %s "$PACKAGEMANAGER_ENCRYPTION_KEY"`], {
    encoding: "utf8",
  });
  expect([text.split("\n").filter(Boolean).length, shell]).toEqual([3, stage.vault["encryption-key"]]);
});

test("the evidence tells what there is, without a secret", async () => {
  const evidence = await stage.account.evidence();
  const [[key, text] = ["", ""], ...others] = Object.entries(evidence);
  expect([others.length, key]).toEqual([0, expect.stringMatching(new RegExp(`^evidence/${stage.account.nodes[0]?.instanceId}/.*\\.json$`))]);
  expect(JSON.parse(text)).toMatchObject({ evidence: 1, report: { report: 1 }, serverLog: expect.stringContaining("Posit Package Manager service is ready") });
  expect(text).toContain("in the settings");
  for (const canary of stage.canaries) expect(text).not.toContain(canary);
});
