import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** What is in a database that machines can tell by their questions. */
export interface Sql {
  /** Password of a login as it was given: plain, or as a SCRAM-SHA-256 verifier. */
  logins: Map<string, string>;
  /** Owner of each schema. */
  schemas: Map<string, string>;
  /** How many rows are in each table, by schema and name. */
  tables?: Map<string, number>;
}

/** The same as it is now, for a copy that goes its own way. */
export const copySql = ({ logins, schemas, tables = new Map() }: Sql): Sql => ({ logins: new Map(logins), schemas: new Map(schemas), tables: new Map(tables) });

/** What Package Manager itself keeps in its database. */
export interface Contents {
  /** Fingerprint of the key with which it began; another one could read nothing of what was encrypted. */
  keyFingerprint?: string | undefined;
  /** Servers by the host name under which they registered; `goneAt` since one stopped answering. */
  servers: Map<string, { goneAt: () => Date | undefined }>;
}

const contents = new WeakMap<Sql, Contents>();

/** Package Manager's own part of a database; empty until a server came up with it. */
export function contentsOf(sql: Sql): Contents {
  const known = contents.get(sql) ?? { servers: new Map() };
  contents.set(sql, known);
  return known;
}

/** Whether a login is there and this is its password. */
export function admits({ logins }: Sql, user: string, password: string): boolean {
  const known = logins.get(user);
  if (known === undefined) return false;
  return known.startsWith("SCRAM-SHA-256$") ? verifies(known, password) : known === password;
}

/** Source: PostgreSQL documentation, "pg_authid": `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. */
function verifies(verifier: string, password: string): boolean {
  const [, iterations = "", salt = "", stored = ""] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):/.exec(verifier) ?? [];
  const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(iterations), 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  return createHash("sha256").update(clientKey).digest("base64") === stored;
}

/** Until a server that is gone is taken off the list; the vendor publishes no time, assumed. */
const REMEMBERED_MS = 10 * 60_000;

/** Host names that the cluster knows: those that answer, and those that are gone for less than 10 minutes (assumed). */
export const registered = ({ servers }: Contents): string[] =>
  [...servers].filter(([, { goneAt }]) => Date.now() - (goneAt()?.getTime() ?? Date.now()) < REMEMBERED_MS).map(([name]) => name);

/** The server that does the scheduled work: the lowest host name of those that answer (assumed). */
export const leader = ({ servers }: Contents): string | undefined =>
  [...servers]
    .filter(([, { goneAt }]) => goneAt() === undefined)
    .map(([name]) => name)
    .sort()[0];
