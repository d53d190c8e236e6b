import { readFileSync, statSync, writeFileSync } from "node:fs";
import type { EffectiveDocument } from "@steward/core/desired/documents";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import { ProbeReport } from "@steward/core/fleet/probe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AStage, envelope, newKey } from "./a-stage.ts";
import { aPostgres, type Postgres } from "./debian/postgres.ts";
import type { Root } from "./debian/root.ts";

/** One first deploy of a pair, told from its beginning: each test goes on where the last one ended. */
let postgres: Postgres;
let stage: AStage;
let first: Root;
let document: EffectiveDocument;

beforeAll(async () => {
  postgres = await aPostgres();
  stage = await AStage.open("ha", postgres);
  document = await stage.document();
  first = stage.node(0);
});
afterAll(async () => {
  stage?.close();
  await postgres?.stop();
});

const report = async (root: Root) => ProbeReport.parse(JSON.parse((await root.run("probe")).stdout));
const password = (login: "database-login-a" | "database-login-b") => (JSON.parse(stage.vault[login]) as { password: string }).password;

/** Everything of the database that init-database makes: roles, what they are set to, owners and rights. */
const shape = () => [
  ...postgres.asRds("SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname LIKE 'ppm%' ORDER BY 1"),
  ...postgres.asRds(
    "SELECT r.rolname, d.datname, setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = setrole LEFT JOIN pg_database d ON d.oid = setdatabase ORDER BY 1",
  ),
  ...postgres.asRds(
    "SELECT nspname, pg_get_userbyid(nspowner), nspacl FROM pg_namespace WHERE nspname IN ('pm', 'metrics', 'public') ORDER BY 1",
    "rstudio_pm",
  ),
  ...postgres.asRds(
    "SELECT a.rolname, b.rolname FROM pg_auth_members m JOIN pg_roles a ON a.oid = roleid JOIN pg_roles b ON b.oid = member WHERE a.rolname LIKE 'ppm%' ORDER BY 1, 2",
  ),
];

test("init-database makes logins and schemas on an empty database, before there is any desired state", async () => {
  const { document: pointer } = await stage.want(document, { onlyDocument: true });
  expect(await first.run("init-database", envelope("init", { document: pointer }))).toMatchObject({ exitCode: 0, stderr: "" });
  expect(shape()).toEqual(
    expect.arrayContaining([expect.stringMatching(/^ppm\|f\|f/), expect.stringMatching(/^ppm_a\|t\|f\|f\|f/), expect.stringMatching(/^ppm_b\|t\|f\|f\|f/)]),
  );
  expect(postgres.asRds("SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname IN ('pm', 'metrics') ORDER BY 1", "rstudio_pm")).toEqual([
    "metrics|ppm",
    "pm|ppm",
  ]);
});

test("init-database writes no password that anybody could read: not in arguments, not into the server's log", () => {
  const seen = first.calls().join("\n") + postgres.log();
  expect(postgres.log()).toContain("SCRAM-SHA-256$");
  for (const canary of stage.canaries) expect(seen).not.toContain(canary);
});

test("PUBLIC has nothing in the database", () => {
  const grants = (sql: string) => postgres.asRds(sql, "rstudio_pm");
  expect(
    grants("SELECT privilege_type FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = 'rstudio_pm' AND grantee = 0"),
  ).toEqual([]);
  expect(
    grants(
      "SELECT nspname, privilege_type FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) WHERE nspname IN ('pm', 'metrics', 'public') AND grantee = 0",
    ),
  ).toEqual([]);
});

test("init-database once more, by another node, changes nothing that matters", async () => {
  const before = shape();
  const { document: pointer } = await stage.want(document, { onlyDocument: true });
  expect(await stage.node(1).run("init-database", envelope("again", { document: pointer }))).toMatchObject({ exitCode: 0, stderr: "" });
  expect(shape()).toEqual(before);
});

test("the first converge takes a node from nothing to serving, over verified TLS as the login in service", async () => {
  await stage.want(document);
  expect(await first.run("converge", envelope("c"))).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await report(first)).toMatchObject({
    version: "2026.08.0",
    runningVersion: "2026.08.0",
    service: { state: "active" },
    ping: { kind: "answer", status: 200 },
    database: "reachable",
    more: { hostname: stage.account.nodes[0]?.instanceId, held: true, cluster: [stage.account.nodes[0]?.instanceId], clock: { synchronised: true } },
  });
  const port = /Listen = :(\d+)/.exec(document.config.text)?.[1];
  const page = async (at: string) => (await fetch(`http://127.0.0.1:${at}`)).text();
  expect(await page(`${port}/cran/latest/src/contrib/PACKAGES`)).toBe("Package: digest\nVersion: 1.0.0\n");
  expect(await page(`${port}/pypi/latest/simple/`)).toBe('<a href="six/">six</a>\n');
  expect(await page(`${/Listen = (\d+)/.exec(document.config.text)?.[1]}/metrics`)).toContain("ppm_license_days_left 365");
});

test("what the server makes belongs to the owner role, whoever logged in", () => {
  const owners = postgres.asRds("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('pm', 'metrics')", "rstudio_pm");
  expect(owners).toEqual(["ppm"]);
  expect(postgres.as("ppm_b", password("database-login-b"), "SELECT count(*) FROM pm.nodes")).toEqual(["1"]);
});

test("a file of the node belongs to whom it should and can be read by nobody else", () => {
  const access = (path: string) => {
    const { mode, uid, gid } = statSync(first.at(path));
    return [(mode & 0o7777).toString(8), uid, gid];
  };
  expect(access(CONFIG_PATHS.config)).toEqual(["640", 850, 850]);
  expect(access(CONFIG_PATHS.dropIn)).toEqual(["644", 0, 0]);
  expect(access(CONFIG_PATHS.environment)).toEqual(["600", 0, 0]);
  expect(access("run/steward/fingerprint-salt")).toEqual(["600", 0, 0]);
  expect(access("var/lib/rstudio-pm/steward.lic")).toEqual(["600", 850, 850]);
  expect(access("var/lib/steward/receipts.json")).toEqual(["600", 0, 0]);
});

test("a second node against the same database sees the first, and does not lead", async () => {
  const second = stage.node(1);
  const [one, other] = stage.account.nodes.map(({ instanceId }) => instanceId);
  // Both nodes listen on this machine, so the second one is told of another port.
  const { document: pointer } = await stage.want(await stage.document(), { onlyDocument: true });
  expect(await second.run("converge", envelope("c", { document: pointer }))).toMatchObject({ exitCode: 0, stderr: "" });
  expect((await report(second)).more.cluster?.toSorted()).toEqual([one, other].sort());
  expect(postgres.asRds("SELECT name FROM pm.leader", "rstudio_pm")).toEqual([one]);
});

test("the other login serves in its turn, on the objects of the first", async () => {
  await stage.want(await stage.document({ login: "database-login-b" }));
  expect(await first.run("converge", envelope("other login"))).toMatchObject({ exitCode: 0, stderr: "" });
  expect(postgres.asRds("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('pm', 'metrics')", "rstudio_pm")).toEqual(["ppm"]);
  expect((await report(first)).ping).toMatchObject({ kind: "answer", status: 200 });
});

test("a fleet with another key does not serve on a database that was filled with the first", async () => {
  const [before, key] = [postgres.asRds("SELECT fingerprint FROM pm.encryption_key", "rstudio_pm"), newKey()];
  await stage.account.vaulted("encryption-key", key);
  await stage.want(await stage.document(), { key });
  expect(await stage.node(0).run("converge", envelope("another key"))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("the service has failed"),
  });
  expect(postgres.asRds("SELECT fingerprint FROM pm.encryption_key", "rstudio_pm")).toEqual(before);
  await stage.fillVault();
});

test("a login whose vaulted password is not the database's does not serve, and its password is not told", async () => {
  const node = stage.node(0);
  await stage.account.vaulted("database-login-a", JSON.stringify({ password: "canary-login-c_0123456789" }));
  await stage.want(await stage.document());
  const ended = await node.run("converge", envelope("wrong password"));
  expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the service has failed") });
  expect(JSON.stringify(ended) + readFileSync(node.suite("journal"), "utf8")).not.toContain("canary-login-c");
  await stage.fillVault();
});

test("a server whose certificate comes from another authority is not spoken to", async () => {
  const stranger = stage.node(0);
  const other = await aPostgres();
  await other.stop();
  writeFileSync(stranger.at(CONFIG_PATHS.databaseAuthorities), other.authorities);
  const { document: pointer } = await stage.want(document, { onlyDocument: true });
  const { exitCode, stderr } = await stranger.run("init-database", envelope("wrong authority", { document: pointer }));
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("psql ended with exit code 2")]);
});
