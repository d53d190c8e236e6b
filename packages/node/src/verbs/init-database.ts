import type { EffectiveDocument } from "@steward/core/desired/documents";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import { LOGINS } from "@steward/core/desired/vault";
import type { CommandEnvelope } from "@steward/core/fleet/probe";
import { z } from "zod";
import type { Act, Outcome } from "../command.ts";
import { asked, cannotUse, readDocument, reading, readSettings, understood, value } from "../desired.ts";
import type { Host } from "../host.ts";
import { PATHS } from "../paths.ts";
import { LINES, run } from "../programs.ts";
import { databaseSql, REFUSED } from "../roles.ts";
import { scramVerifier } from "../scram.ts";
import { fetchSecrets, partIn } from "../secrets.ts";

type Database = NonNullable<EffectiveDocument["database"]>;

/** What RDS keeps of the master. Source: Secrets Manager user guide, "JSON structure of Secrets Manager secrets". */
const MasterSecret = z.object({ username: z.string(), password: z.string().min(1) });

interface Work {
  database: Database;
  /** A line of libpq's password file. */
  passfile: string;
  sql: string;
}

const PSQL = { ms: 60_000 };
const OF_ROOT = { owner: "root", mode: 0o600 };

/** Makes the roles and schemas that Package Manager needs, as the database's master; once or again, and never in somebody else's schema. */
export const initDatabase: Act = async (host, command) => {
  const work = await readWork(host, command);
  if (work.kind === "unusable") return { outcome: "refused", because: work.because };
  try {
    await host.writeFile(PATHS.passfile, work.value.passfile, OF_ROOT);
    await host.writeFile(PATHS.sql, work.value.sql, OF_ROOT);
    return await carryOut(host, work.value.database);
  } finally {
    await host.removeFile(PATHS.passfile);
    await host.removeFile(PATHS.sql);
  }
};

const readWork = (host: Host, { document: pointer }: CommandEnvelope) =>
  reading<Work>(async () => {
    const settings = value(await readSettings(host));
    if (!pointer) return cannotUse("the command names no document");
    const { database } = value(await readDocument(host, settings, pointer));
    if (!database) return cannotUse("the document knows no database");
    const words = [database.host, database.name, database.masterUser];
    if (!words.every((word) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(word))) return cannotUse("the document's database has a name that is none");
    const logins = await fetchSecrets(host, settings, LOGINS);
    const master = value(
      understood(MasterSecret, value(await asked("the master's secret", host.aws(settings).secret(database.masterSecret))), "the master's secret"),
    );
    if (master.username !== database.masterUser) return cannotUse("the master's secret is that of another user");
    const verifiers = LOGINS.map((id) => [id, scramVerifier(partIn(logins, { secret: id, part: "password" }))] as const);
    return { database, passfile: passfile(database, master.password), sql: databaseSql(database.name, new Map(verifiers)) };
  });

/** Colons and backslashes are escaped. Source: PostgreSQL, "The Password File". */
const passfile = ({ host, port, name, masterUser }: Database, password: string): string =>
  `${host}:${port}:${name}:${masterUser}:${password.replace(/[\\:]/g, "\\$&")}\n`;

async function carryOut(host: Host, database: Database): Promise<Outcome> {
  const { exitCode, stdout } = await run(host, LINES.sql(host.locate(PATHS.sql), connection(host, database)), PSQL);
  if (exitCode === 127) return { outcome: "failed", because: "psql is not on this node" };
  if (exitCode !== 0) return { outcome: "failed", because: `psql ended with exit code ${exitCode}` };
  return stdout.includes(REFUSED) ? { outcome: "refused", because: "a schema of that name belongs to another role" } : { outcome: "done" };
}

const connection = (host: Host, { host: server, port, name, masterUser }: Database): string =>
  [
    `host=${server}`,
    `port=${port}`,
    `dbname=${name}`,
    `user=${masterUser}`,
    "sslmode=verify-full",
    `sslrootcert=${host.locate(CONFIG_PATHS.databaseAuthorities)}`,
    `passfile=${host.locate(PATHS.passfile)}`,
  ].join(" ");
