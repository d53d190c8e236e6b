import type { EffectiveDocument } from "@steward/core/desired/documents";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import { LOGIN_USERS, LOGINS, type LoginId } from "@steward/core/desired/vault";
import type { DatabaseReport, DatabaseSide } from "@steward/core/fleet/database-report";
import type { NodeSettings } from "@steward/core/fleet/node-settings";
import { REPORT_END } from "@steward/core/fleet/probe";
import { names } from "@steward/core/topology/names";
import { z } from "zod";
import { CONTENTS } from "../contents.ts";
import { cannotUse, type Reading, readDesired, readDocument, reading, readSettings, understood, value } from "../desired.ts";
import type { Host } from "../host.ts";
import { PATHS } from "../paths.ts";
import { LINES, run } from "../programs.ts";
import { fetchSecrets, partIn, type Secrets } from "../secrets.ts";

type Database = NonNullable<EffectiveDocument["database"]>;
type Place = Pick<Database, "host" | "port">;

interface Work {
  database: Database;
  instanceId: string;
  secrets: Secrets;
}

const Contents = z.object({
  serverVersion: z.int(),
  tls: z.boolean(),
  schemas: z.array(z.string()).max(10),
  shape: z.string().max(64),
  invalidIndexes: z.int(),
  tables: z.array(z.object({ name: z.string(), rows: z.int(), exact: z.boolean() })),
});

/** Milliseconds of one statement, and of psql around it. The session changes nothing and waits for nobody. */
const STATEMENT_MS = 60_000;
const PSQL = { ms: 75_000 };
const SESSION = `-c default_transaction_read_only=on -c statement_timeout=${STATEMENT_MS} -c lock_timeout=2000`;
const OF_ROOT = { owner: "root", mode: 0o600 };
const MOST_TABLES = 60;
const LONGEST_NAME = 80;

/**
 * What a restored copy of the database holds and what the fleet's own does, as one JSON text. Both are only read, over one connection each
 * and with the logins that Package Manager has; a copy is one by its name, and nothing else is asked.
 */
export const proveDatabase = (host: Host, copy: Place): Promise<Reading<string>> =>
  reading(async () => {
    const work = await readWork(host, copy);
    const side = { copy: await sideOf(host, work, copy), fleet: await sideOf(host, work, work.database) };
    return JSON.stringify({ databaseProof: 1, instanceId: work.instanceId, at: host.now(), ...side, end: REPORT_END } satisfies DatabaseReport);
  });

async function readWork(host: Host, copy: Place): Promise<Work> {
  const settings = value(await readSettings(host));
  if (!isCopy(copy.host, settings)) return cannotUse("what the command names is no copy of a drill");
  const desired = value(await readDesired(host, settings));
  const { database } = value(await readDocument(host, settings, desired.document));
  if (!database) return cannotUse("the document knows no database");
  return { database, instanceId: await host.instanceId(), secrets: await fetchSecrets(host, settings, LOGINS) };
}

/** The fleet's password goes to hosts of RDS by the name of a drill and to no other. */
const isCopy = (host: string, { stage, region }: NodeSettings): boolean =>
  host.startsWith(names(stage).databaseCopy("")) && host.endsWith(`.${region}.rds.amazonaws.com`) && /^[a-z0-9.-]+$/.test(host);

/** By the first login that gets in: one of the two may be locked while passwords change. */
async function sideOf(host: Host, { database, secrets }: Work, place: Place): Promise<DatabaseSide> {
  let found: DatabaseSide = { state: "no-entry", because: "nobody tried" };
  for (const login of LOGINS) {
    found = await asked(host, { ...database, ...place }, { login, password: partIn(secrets, { secret: login, part: "password" }) });
    if (found.state !== "no-entry") return found;
  }
  return found;
}

async function asked(host: Host, database: Database, { login, password }: { login: LoginId; password: string }): Promise<DatabaseSide> {
  try {
    await host.writeFile(PATHS.copyPassfile, passfile(database, LOGIN_USERS[login], password), OF_ROOT);
    const { exitCode, stdout, stderr = "" } = await run(host, LINES.sqlQuery(CONTENTS, connection(host, database, LOGIN_USERS[login])), PSQL);
    if (exitCode === 0) return answer(stdout, { login, answeredAt: host.now() });
    if (stderr.includes("canceling statement due to statement timeout")) return LATE;
    return ENDS[exitCode] ?? { state: "broken", because: `psql ended with exit code ${exitCode}` };
  } finally {
    await host.removeFile(PATHS.copyPassfile);
  }
}

const LATE: DatabaseSide = { state: "not-in-time", because: "no answer in time" };

/** Source: psql(1), "Exit status"; 124 and 127 are ours. */
const ENDS: Record<number, DatabaseSide> = {
  2: { state: "no-entry", because: "no connection: it is not reached, or lets neither login in" },
  124: LATE,
  127: { state: "no-entry", because: "psql is not on this node" },
};

function answer(stdout: string, by: { login: LoginId; answeredAt: Date }): DatabaseSide {
  const contents = understood(Contents, stdout, "the answer");
  if (contents.kind === "unusable") return { state: "broken", because: contents.because.slice(0, 300) };
  const { tables, ...rest } = contents.value;
  const largest = tables.toSorted((a, b) => b.rows - a.rows).slice(0, MOST_TABLES);
  const named = largest.map((table) => ({ ...table, name: table.name.slice(0, LONGEST_NAME) }));
  return { state: "read", ...by, ...rest, tableCount: tables.length, tables: named };
}

/** Colons and backslashes are escaped. Source: PostgreSQL, "The Password File". */
const passfile = ({ host, port, name }: Database, user: string, password: string): string =>
  `${host}:${port}:${name}:${user}:${password.replace(/[\\:]/g, "\\$&")}\n`;

const connection = (host: Host, { host: server, port, name }: Database, user: string): string =>
  [
    `host=${server}`,
    `port=${port}`,
    `dbname=${name}`,
    `user=${user}`,
    "connect_timeout=15",
    "application_name=steward-prove",
    "sslmode=verify-full",
    `sslrootcert=${host.locate(CONFIG_PATHS.databaseAuthorities)}`,
    `passfile=${host.locate(PATHS.copyPassfile)}`,
    `options='${SESSION}'`,
  ].join(" ");
