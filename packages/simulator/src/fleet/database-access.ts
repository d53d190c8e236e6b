import { ACCOUNT } from "@steward/core/desired/places";
import { admits, type Contents, contentsOf, type Sql } from "./database-server.ts";
import type { FileSystem } from "./file-system.ts";
import type { SharedDependencies } from "./shared-dependencies.ts";
import type { DatabaseChoice, Login } from "./start-up.ts";

interface Access {
  files: FileSystem;
  shared: Pick<SharedDependencies, "databaseAt">;
}

/** What is in the database that a server was configured for; undefined where it is not let in, or a schema is missing. */
export function openDatabase(choice: DatabaseChoice, access: Access): Contents | undefined {
  if (choice.kind === "sqlite") return sqlite(choice.file, access);
  const [main, ...others] = choice.logins.map((login) => letIn(login, access));
  if (!main || !others.every((other) => other)) return undefined;
  main.tables ??= new Map(Object.entries(TABLES).map(([name, rows]) => [`${choice.logins[0]?.schema}.${name}`, rows]));
  return contentsOf(main);
}

function letIn({ host, user, password, schema }: Login, { shared }: Access): Sql | undefined {
  const sql = shared.databaseAt(host);
  return sql && admits(sql, user, password) && sql.schemas.has(schema) ? sql : undefined;
}

/** A file that nobody shares: the only server in it is the one that asks. One that is no database lets nobody in. */
function sqlite(file: string, { files }: Access): Contents | undefined {
  const kept = readKept(files.read(file) ?? "{}");
  return kept && { keyFingerprint: kept.keyFingerprint, servers: new Map() };
}

/** What a file of a database holds, as far as anybody asks. */
export interface Kept {
  keyFingerprint?: string | undefined;
  /** How many rows are in each table. */
  tables: Record<string, number>;
}

/** What is in the text of such a file; undefined where that is damaged. */
export function readKept(text: string): Kept | undefined {
  try {
    const { keyFingerprint, tables = {} } = JSON.parse(text) as Partial<Kept>;
    return { keyFingerprint, tables };
  } catch {
    return undefined;
  }
}

/** Tables of a server in use; their names are made up, because the vendor publishes none. */
const TABLES = { packages: 5, repositories: 2, sources: 2, tokens: 0 };

/** Writes down with which key a database was begun, where that is a file. */
export function keepDatabase(choice: DatabaseChoice, { keyFingerprint }: Contents, { files }: Access): void {
  if (choice.kind !== "sqlite") return;
  const tables = { ...TABLES, ...readKept(files.read(choice.file) ?? "{}")?.tables };
  files.write(choice.file, JSON.stringify({ keyFingerprint, tables }), { mode: 0o600, owner: ACCOUNT.name });
}
