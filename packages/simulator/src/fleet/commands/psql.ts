import { createHash } from "node:crypto";
import type { ExecResult } from "@steward/node/host";
import { admits, type Sql } from "../database-server.ts";
import type { FileSystem } from "../file-system.ts";
import { type Command, DONE, ended, OUT_OF_TIME, STEP_MS, said } from "./command.ts";

const SCRIPT_MS = 200;
/** Source: psql(1), "Exit status": 1 a fatal error of its own, 2 no connection, 3 an error in the script under ON_ERROR_STOP. */
const [FATAL, NO_CONNECTION, SCRIPT_ERROR] = [1, 2, 3];

/** Runs a file of SQL in one transaction against the database that the connection names. Understands what makes logins and schemas, what asks for their contents, and nothing else. */
export const psql: Command = async ({ computer: { files, shared }, words, takes, timeoutMs }) => {
  const connection = parameters(words.at(-1) ?? "");
  const script = files.read(words[words.indexOf("--file") + 1] ?? "");
  const { host = "", user = "", sslrootcert } = connection;
  if (!shared.reachesDatabase(host)) {
    await takes(timeoutMs);
    return OUT_OF_TIME;
  }
  await takes(STEP_MS);
  if (script === undefined && !words.includes("--command")) return ended(FATAL);
  const sql = shared.databaseAt(host);
  const isTrusted = sslrootcert === undefined || files.read(sslrootcert) !== undefined;
  if (!sql || !isTrusted || !admits(sql, user, passwordIn(files, connection))) return ended(NO_CONNECTION);
  const query = words[words.indexOf("--command") + 1] ?? "";
  await takes(SCRIPT_MS);
  if (words.includes("--command")) return answered(sql, query);
  if (script !== undefined && applied(sql, script)) return DONE;
  const refusal = /\\if :foreign_schema\n\\echo (.+)\n\\quit/.exec(script ?? "")?.[1];
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

/** Understands the one question what the schemas hold; a table that is damaged can't be counted, which ends it. */
function answered({ schemas, tables = new Map() }: Sql, query: string): ExecResult {
  const wanted = [...(/n\.nspname IN \(([^)]*)\)/.exec(query)?.[1] ?? "").matchAll(/'(\w+)'/g)].map(([, name = ""]) => name);
  if (!query.startsWith("SELECT json_build_object(") || wanted.length === 0) return ended(FATAL);
  const counted = [...tables].filter(([name]) => wanted.some((schema) => schemas.has(schema) && name.startsWith(`${schema}.`)));
  if (counted.some(([, rows]) => Number.isNaN(rows))) return { ...ended(FATAL), stderr: "ERROR:  could not read block 0 in file" };
  const names = counted.map(([name]) => name).sort();
  const shape = createHash("md5").update(names.join(",")).digest("hex");
  const listed = counted.map(([name, rows]) => ({ name, exact: true, rows }));
  const there = wanted.filter((schema) => schemas.has(schema)).sort();
  return said(`${JSON.stringify({ serverVersion: 160_004, tls: true, schemas: there, shape, invalidIndexes: 0, tables: listed })}\n`);
}
