import { DatabaseReport } from "@steward/core/fleet/database-report";
import { CONTENTS } from "@steward/node/contents";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { describe, expect, test } from "vitest";
import { CANARIES, documentOf, secretName, settingsOf } from "./a-fleet.ts";
import { aHost, envelope, type StubHost, want, written } from "./a-host.ts";

const { region } = settingsOf("ha");
const COPY = { host: `steward-demo-drill-20260504t025500.c0.${region}.rds.amazonaws.com`, port: 5432 };
const tables = [
  { name: "pm.sources", rows: 2, exact: true },
  { name: "pm.packages", rows: 5_000_000, exact: false },
];
const contents = { serverVersion: 160_004, tls: true, schemas: ["metrics", "pm"], shape: "abc", invalidIndexes: 0, tables };

function aPair(): StubHost {
  const host = aHost();
  want(host, documentOf("ha"));
  host.says = { psql: { stdout: `${JSON.stringify(contents)}\n` } };
  return host;
}

/** Answers each call of psql by what it is asked of and as whom. */
function psql(host: StubHost, answer: (connection: string) => { exitCode?: number; stdout?: string; stderr?: string }): void {
  host.exec = async (_command, words) => ({ exitCode: 0, stdout: "", ...answer(words.at(-1) ?? "") });
}

const prove = (host: StubHost, copy = COPY) => runVerb(host, "prove-database", envelope({ copy }));
async function reported(host: StubHost): Promise<DatabaseReport> {
  const { stdout, exitCode, stderr } = await prove(host);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return DatabaseReport.parse(JSON.parse(stdout));
}

describe("a copy of the database and the fleet's own", () => {
  test("are each asked once, over TLS, by one statement that changes nothing, and the password stands in no word", async () => {
    const host = aPair();
    const seen: string[] = [];
    const exec = host.exec;
    host.exec = (...words) => {
      seen.push(host.seen()[PATHS.copyPassfile] ?? "");
      return exec(...words);
    };
    const report = await reported(host);
    const line = (place: string) =>
      `psql --no-psqlrc --quiet --no-align --tuples-only --no-password --set ON_ERROR_STOP=1 --command ${CONTENTS} host=${place} port=5432 dbname=rstudio_pm user=ppm_a ` +
      "connect_timeout=15 application_name=steward-prove sslmode=verify-full sslrootcert=/opt/steward/etc/rds-global-bundle.pem passfile=/run/steward/prove-database.pass " +
      "options='-c default_transaction_read_only=on -c statement_timeout=60000 -c lock_timeout=2000'";
    expect(host.ran).toEqual([line(COPY.host), line("db.example.com")]);
    expect(seen[0]).toMatch(new RegExp(`^${COPY.host}:5432:rstudio_pm:ppm_a:`));
    expect(seen[0]).not.toEqual(seen[1]);
    expect(written(host)).toEqual([`${PATHS.copyPassfile} root 600`, `${PATHS.copyPassfile} root 600`]);
    expect(PATHS.copyPassfile in host.seen()).toBe(false);
    const side = { state: "read", login: "database-login-a", shape: "abc", tableCount: 2, tables: [tables[1], tables[0]] };
    expect(report).toMatchObject({ copy: side, fleet: side });
    expect(JSON.stringify(report)).not.toContain(CANARIES.loginA);
  });

  test("are asked by the other login where the first is not let in", async () => {
    const host = aPair();
    psql(host, (connection) => (connection.includes("user=ppm_a") ? { exitCode: 2 } : { stdout: JSON.stringify(contents) }));
    expect(await reported(host)).toMatchObject({ copy: { state: "read", login: "database-login-b" } });
  });

  test("are told apart by how psql ends", async () => {
    const host = aPair();
    const ends = async (said: { exitCode?: number; stdout?: string; stderr?: string }) => {
      psql(host, (connection) => (connection.includes("drill") ? said : { stdout: JSON.stringify(contents) }));
      return (await reported(host)).copy;
    };
    expect(await ends({ exitCode: 2 })).toMatchObject({ state: "no-entry", because: expect.stringContaining("no connection") });
    expect(await ends({ exitCode: 127 })).toMatchObject({ state: "no-entry", because: "psql is not on this node" });
    expect(await ends({ exitCode: 124 })).toMatchObject({ state: "not-in-time" });
    expect(await ends({ exitCode: 1, stderr: "ERROR:  canceling statement due to statement timeout" })).toMatchObject({ state: "not-in-time" });
    expect(await ends({ exitCode: 1, stderr: `ERROR: could not read ${CANARIES.loginA}` })).toEqual({
      state: "broken",
      because: "psql ended with exit code 1",
    });
    expect(await ends({ stdout: "not json" })).toMatchObject({ state: "broken", because: expect.stringContaining("the answer cannot be used") });
  });

  test("are reported in less than 16 KB, however many tables they have", async () => {
    const host = aPair();
    const many = Array.from({ length: 500 }, (_, index) => ({ name: `pm.${"x".repeat(300)}${index}`, rows: index, exact: true }));
    psql(host, () => ({ stdout: JSON.stringify({ ...contents, tables: many }) }));
    const { stdout } = await prove(host);
    expect(stdout.length).toBeLessThan(16 * 1024);
    expect(DatabaseReport.parse(JSON.parse(stdout)).copy).toMatchObject({ tableCount: 500, tables: expect.objectContaining({ length: 60 }) });
  });

  test("leave no password behind when the program fails", async () => {
    const host = aPair();
    host.exec = async () => {
      throw new Error(CANARIES.loginA);
    };
    expect(await prove(host)).toMatchObject({ exitCode: 1, stderr: "steward-node: stopped by an unexpected error: Error\n" });
    expect(PATHS.copyPassfile in host.seen()).toBe(false);
  });
});

describe("nothing is asked", () => {
  test.each([
    ["db.example.com"],
    [`steward-demo.c0.${region}.rds.amazonaws.com`],
    [`steward-other-drill-1.c0.${region}.rds.amazonaws.com`],
    ["steward-demo-drill-1.evil.example.com"],
    [`steward-demo-drill-1 user=x.${region}.rds.amazonaws.com`],
  ])("of %s, which is no copy of a drill", async (host) => {
    const node = aPair();
    expect(await prove(node, { ...COPY, host })).toEqual({ exitCode: 3, stdout: "", stderr: "steward-node: what the command names is no copy of a drill\n" });
    expect(node.ran).toEqual([]);
  });

  test.each([
    ["without settings", (host: StubHost) => host.drop(PATHS.settings), `there is no ${PATHS.settings}`],
    [
      "without a login",
      (host: StubHost) => host.vault.delete(secretName("database-login-b")),
      "the secret database-login-b cannot be read: ResourceNotFoundException",
    ],
    ["without a database", (host: StubHost) => want(host, { ...documentOf("ha"), database: null }), "the document knows no database"],
  ] as [string, (host: StubHost) => unknown, string][])("%s", async (_what, spoil, because) => {
    const host = aPair();
    spoil(host);
    expect(await prove(host)).toEqual({ exitCode: 3, stdout: "", stderr: `steward-node: ${because}\n` });
  });

  test("by a command that names no copy, or of a node that proves one", async () => {
    const host = aPair();
    expect(await runVerb(host, "prove-database", envelope())).toMatchObject({ exitCode: 2 });
    expect(await runVerb(host, "prove-database", "not an envelope")).toMatchObject({ exitCode: 2 });
    host.put(PATHS.settings, JSON.stringify({ ...settingsOf("ha"), purpose: "prove" }));
    expect(await prove(host)).toMatchObject({ exitCode: 3, stderr: "steward-node: this node proves a copy and serves nobody\n" });
  });
});
