import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import type { EffectiveDocument } from "@steward/core/desired/documents";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { databaseSql, REFUSED } from "@steward/node/roles";
import { scramVerifier } from "@steward/node/scram";
import { describe, expect, test } from "vitest";
import { CANARIES, documentOf, inEffect, MASTER, pointer, secretName } from "./a-fleet.ts";
import { aHost, envelope, type StubHost, want, written } from "./a-host.ts";

let orders = 0;

/** Gives the command with a document of its own, as before the first node. */
function init(host: StubHost, document: EffectiveDocument = documentOf("ha")) {
  want(host, document);
  host.desired = undefined;
  return runVerb(host, "init-database", envelope({ key: `order-${++orders}`, document: pointer(inEffect(document).text) }));
}

const PSQL =
  "psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --single-transaction --file /run/steward/init-database.sql " +
  "host=db.example.com port=5432 dbname=rstudio_pm user=steward sslmode=verify-full sslrootcert=/opt/steward/etc/rds-global-bundle.pem passfile=/run/steward/init-database.pass";

/** What lies in memory while psql runs. */
function whilePsqlRuns(host: StubHost): Record<string, string> {
  const seen: Record<string, string> = {};
  const exec = host.exec;
  host.exec = (...words) => {
    Object.assign(seen, host.seen());
    return exec(...words);
  };
  return seen;
}

describe("an empty database", () => {
  test("gets its roles and schemas by one call of psql, whose files only root reads and which are gone afterwards", async () => {
    const host = aHost();
    const seen = whilePsqlRuns(host);
    expect(await init(host)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(host.ran).toEqual([PSQL.replace("user=steward", `user=${documentOf("ha").database?.masterUser}`)]);
    expect(written(host)).toEqual([`${PATHS.passfile} root 600`, `${PATHS.sql} root 600`]);
    expect(seen[PATHS.passfile]).toBe(`db.example.com:5432:rstudio_pm:${documentOf("ha").database?.masterUser}:canary\\:master\\\\password\n`);
    expect(seen[PATHS.sql]).toContain('GRANT "ppm" TO "ppm_b" WITH INHERIT TRUE, SET TRUE;');
    for (const login of [CANARIES.loginA, CANARIES.loginB, CANARIES.master]) expect(seen[PATHS.sql]).not.toContain(login);
    expect(Object.keys(host.seen())).not.toEqual(expect.arrayContaining([PATHS.sql]));
    expect(PATHS.passfile in host.seen()).toBe(false);
  });

  test.each([
    [{ exitCode: 3 }, 1, "psql ended with exit code 3"],
    [{ exitCode: 127 }, 1, "psql is not on this node"],
    [{ stdout: `${REFUSED}\n` }, 3, "a schema of that name belongs to another role"],
  ])("is not said to be made when psql says %j, and no file stays", async (said, exitCode, sentence) => {
    const host = aHost();
    host.says = { psql: said };
    expect(await init(host)).toMatchObject({ exitCode, stderr: `steward-node: ${sentence}\n` });
    expect(PATHS.sql in host.seen() || PATHS.passfile in host.seen()).toBe(false);
  });

  test("leaves no file behind when the program fails", async () => {
    const host = aHost();
    host.exec = async () => {
      throw new Error(CANARIES.master);
    };
    expect(await init(host)).toMatchObject({ exitCode: 1, stderr: "steward-node: stopped by an unexpected error: Error\n" });
    expect(PATHS.sql in host.seen() || PATHS.passfile in host.seen()).toBe(false);
  });
});

const database = (over: Partial<NonNullable<EffectiveDocument["database"]>>): EffectiveDocument => {
  const document = documentOf("ha");
  return { ...document, database: document.database && { ...document.database, ...over } };
};
const BAD: [string, (host: StubHost) => unknown, string, EffectiveDocument?][] = [
  ["no settings", (host) => host.drop(PATHS.settings), `there is no ${PATHS.settings}`],
  ["no database in the document", () => {}, "the document knows no database", { ...documentOf("ha"), database: null }],
  ["a name with words of its own in it", () => {}, "the document's database has a name that is none", database({ name: "a user=b" })],
  ["no login", (host) => host.vault.delete(secretName("database-login-b")), "the secret database-login-b cannot be read: ResourceNotFoundException"],
  [
    "a weak login",
    (host) => host.vault.set(secretName("database-login-a"), '{"password":"x"}'),
    "the secret database-login-a cannot be used: its JSON cannot be used: password",
  ],
  ["a master's secret that it may not read", (host) => host.vault.delete(MASTER), "the master's secret cannot be read: ResourceNotFoundException"],
  ["a master's secret that is none", (host) => host.vault.set(MASTER, CANARIES.master), "the master's secret cannot be used: the document itself"],
  ["the secret of another user", (host) => host.vault.set(MASTER, '{"username":"x","password":"y"}'), "the master's secret is that of another user"],
];

test.each(BAD)("%s is refused before anything is touched", async (_, spoil, sentence, document) => {
  const host = aHost();
  spoil(host);
  expect(await init(host, document)).toMatchObject({ exitCode: 3, stderr: `steward-node: ${sentence}\n` });
  expect([...host.ran, ...written(host)]).toEqual([]);
});

test("needs a command that names the document", async () => {
  const host = aHost();
  expect(await runVerb(host, "init-database", envelope())).toMatchObject({ exitCode: 3, stderr: "steward-node: the command names no document\n" });
});

describe("a password's verifier", () => {
  /** RFC 7677's example: user `user`, password `pencil`. */
  const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");

  test("is that of the example in RFC 7677", () => {
    const verifier = scramVerifier("pencil", salt);
    const [, stored = "", server = ""] = /\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$(.+):(.+)$/.exec(verifier) ?? [];
    const message =
      "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    expect(createHmac("sha256", Buffer.from(server, "base64")).update(message).digest("base64")).toBe("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    const client = createHmac("sha256", pbkdf2Sync("pencil", salt, 4096, 32, "sha256"))
      .update("Client Key")
      .digest();
    expect(stored).toBe(createHash("sha256").update(client).digest("base64"));
  });

  test("is another one every time, and never holds the password", () => {
    expect(scramVerifier(CANARIES.loginA)).not.toBe(scramVerifier(CANARIES.loginA));
    expect(scramVerifier(CANARIES.loginA)).not.toContain(CANARIES.loginA);
  });
});

test("SQL takes names and verifiers as what they are", () => {
  const sql = databaseSql('a"b', new Map([["database-login-a", "it's"]]));
  expect(sql).toContain('ON DATABASE "a""b" FROM PUBLIC');
  expect(sql).toContain("PASSWORD 'it''s'");
});
