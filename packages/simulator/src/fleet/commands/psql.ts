import { admits, type Sql } from "../database-server.ts";
import type { FileSystem } from "../file-system.ts";
import { type Command, DONE, ended, OUT_OF_TIME, STEP_MS, said } from "./command.ts";

const SCRIPT_MS = 200;
/** Source: psql(1), "Exit status": 1 a fatal error of its own, 2 no connection, 3 an error in the script under ON_ERROR_STOP. */
const [FATAL, NO_CONNECTION, SCRIPT_ERROR] = [1, 2, 3];

/** Runs a file of SQL in one transaction against the database that the connection names. Understands what makes logins and schemas, and nothing else. */
export const psql: Command = async ({ computer: { files, shared }, words, takes, timeoutMs }) => {
  const connection = parameters(words.at(-1) ?? "");
  const script = files.read(words[words.indexOf("--file") + 1] ?? "");
  const { host = "", user = "", sslrootcert } = connection;
  if (!shared.database.reachable) {
    await takes(timeoutMs);
    return OUT_OF_TIME;
  }
  await takes(STEP_MS);
  if (script === undefined) return ended(FATAL);
  const sql = shared.databaseAt(host);
  const isTrusted = sslrootcert === undefined || files.read(sslrootcert) !== undefined;
  if (!sql || !isTrusted || !admits(sql, user, passwordIn(files, connection))) return ended(NO_CONNECTION);
  await takes(SCRIPT_MS);
  if (applied(sql, script)) return DONE;
  const refusal = /\\if :foreign_schema\n\\echo (.+)\n\\quit/.exec(script)?.[1];
  return refusal === undefined ? ended(SCRIPT_ERROR) : said(`${refusal}\n`);
};

/** `key=value` words; a value may stand in single quotes. Source: PostgreSQL documentation, "Connection Strings". */
const parameters = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/(\w+)=(?:'((?:[^'\\]|\\.)*)'|(\S+))/g)].map(([, key, quoted, plain]) => [key, quoted ?? plain]));

/** `host:port:database:user:password`, each but the last may be `*`; others than its owner must not see it. Source: PostgreSQL documentation, "The Password File". */
function passwordIn(files: FileSystem, { passfile = "", host, port = "5432", dbname, user }: Record<string, string>): string {
  const entry = files.entry(passfile);
  if (!entry || (entry.mode & 0o077) !== 0) return "";
  for (const line of (files.read(passfile) ?? "").split("\n")) {
    const fields = [...line.matchAll(/((?:[^:\\]|\\.)*)(?::|$)/g)].map(([, field = ""]) => field.replace(/\\(.)/g, "$1"));
    if ([host, port, dbname, user].every((wanted, index) => fields[index] === "*" || fields[index] === wanted)) return fields[4] ?? "";
  }
  return "";
}

const NAME = String.raw`"?(\w+)"?`;
const LOGIN = new RegExp(`(?:CREATE|ALTER) (?:ROLE|USER) ${NAME}[^;]*?PASSWORD '([^']+)'`, "gi");
const SCHEMA = new RegExp(`CREATE SCHEMA (?:IF NOT EXISTS )?${NAME} AUTHORIZATION ${NAME}`, "gi");

/** All or nothing; a schema that belongs to somebody else is an error, unless the script asks for it and leaves. */
function applied(sql: Sql, script: string): boolean {
  const schemas = [...script.matchAll(SCHEMA)].map(([, name = "", owner = ""]) => [name, owner] as const);
  if (schemas.some(([name, owner]) => (sql.schemas.get(name) ?? owner) !== owner)) return false;
  for (const [name, owner] of schemas) sql.schemas.set(name, owner);
  for (const [, user = "", password = ""] of script.matchAll(LOGIN)) sql.logins.set(user, password);
  return true;
}
