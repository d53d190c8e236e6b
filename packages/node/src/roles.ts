import { DATABASE_SCHEMAS } from "@steward/core/desired/render";
import { LOGIN_USERS, LOGINS, type LoginId, OWNER_ROLE } from "@steward/core/desired/vault";

/** What psql prints when it has done nothing, because a schema belongs to somebody else. */
export const REFUSED = "steward: refused";

const SCHEMAS = Object.values(DATABASE_SCHEMAS);

/**
 * SQL that makes roles, schemas and rights, or finds them and makes them right; for psql, as the master of an RDS instance, which
 * is no superuser. From PostgreSQL 16 on a role's maker may only grant it to itself, with what it asks for; before, membership
 * is all there is. Sources: PostgreSQL 16, "CREATE ROLE", Notes, and "GRANT"; PostgreSQL 14, "GRANT".
 */
export function databaseSql(database: string, verifiers: ReadonlyMap<LoginId, string>): string {
  const name = quoted(database);
  return [
    `SELECT EXISTS (SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE n.nspname IN (${SCHEMAS.map(literal).join(", ")}) AND r.rolname <> ${literal(OWNER_ROLE)}) AS foreign_schema \\gset`,
    "\\if :foreign_schema",
    `\\echo ${REFUSED}`,
    "\\quit",
    "\\endif",
    ...role(OWNER_ROLE, "NOLOGIN INHERIT"),
    ...member("CURRENT_USER"),
    ...LOGINS.flatMap((id) => [
      ...role(LOGIN_USERS[id], "LOGIN INHERIT"),
      `ALTER ROLE ${quoted(LOGIN_USERS[id])} PASSWORD ${literal(verifiers.get(id) ?? "")};`,
      ...member(quoted(LOGIN_USERS[id])),
      `ALTER ROLE ${quoted(LOGIN_USERS[id])} IN DATABASE ${name} SET role TO ${literal(OWNER_ROLE)};`,
    ]),
    `REVOKE ALL ON DATABASE ${name} FROM PUBLIC;`,
    "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
    `GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${quoted(OWNER_ROLE)};`,
    ...SCHEMAS.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quoted(schema)} AUTHORIZATION ${quoted(OWNER_ROLE)};`),
    ...SCHEMAS.map((schema) => `REVOKE ALL ON SCHEMA ${quoted(schema)} FROM PUBLIC;`),
    "",
  ].join("\n");
}

/** A role with these attributes, whether it was there or not. */
const role = (name: string, attributes: string): string[] => [
  `SELECT format('CREATE ROLE %I', ${literal(name)}) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(name)}) \\gexec`,
  `ALTER ROLE ${quoted(name)} ${attributes};`,
];

/** Membership in the owner role that may both act as it and use what it has. */
const member = (who: string): string[] => [
  `SELECT current_setting('server_version_num')::int >= 160000 AS grants_say_how \\gset`,
  "\\if :grants_say_how",
  `GRANT ${quoted(OWNER_ROLE)} TO ${who} WITH INHERIT TRUE, SET TRUE;`,
  "\\else",
  `GRANT ${quoted(OWNER_ROLE)} TO ${who};`,
  "\\endif",
];

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
