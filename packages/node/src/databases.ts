import type { DataLook } from "@steward/core/fleet/proof-report";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { LINES, run } from "./programs.ts";

type Database = DataLook["databases"][number];

const MOST_DATABASES = 10;
const MOST_TABLES = 40;
const MOST_OTHERS = 20;
/** More tables than these are not counted; Package Manager has some dozens. */
const MOST_COUNTED = 200;
const LIST_MS = 30_000;
const COUNT_MS = 60_000;
/** `timeout` itself needs a little longer than what it ends. */
const GRACE_MS = 10_000;
const LONGEST = { problem: 200, name: 100 };

/** Files of Package Manager's databases; no page names them, so whatever is called like one. */
export const databaseNames = async (host: Host): Promise<string[]> => (await host.list(PATHS.databases)).filter((name) => DATABASE.test(name));

const DATABASE = /\.(db|sqlite)$/;
/** What SQLite itself puts beside a database. Source: SQLite, "Temporary Files Used By SQLite". */
const COMPANION = /\.(db|sqlite)-(wal|shm|journal)$/;

/** Whatever lies among the databases that is neither one nor belongs to one: it may be one by another name. */
export async function otherFiles(host: Host): Promise<string[]> {
  const others = (await host.list(PATHS.databases)).filter((name) => !DATABASE.test(name) && !COMPANION.test(name));
  return others.slice(0, MOST_OTHERS).map((name) => name.slice(0, LONGEST.name));
}

/** What each database of a copy holds and whether it is whole. Ends at the deadline, whatever was not looked at by then. */
export async function provenDatabases(host: Host, deadline: number): Promise<Database[]> {
  const found: Database[] = [];
  for (const name of (await databaseNames(host)).slice(0, MOST_DATABASES)) found.push(await proven({ host, name, access: "copy", deadline }));
  return found;
}

/** How many rows each database of a server at work has. Changes nothing, and ends at the deadline. */
export async function countedDatabases(host: Host, deadline: number): Promise<Pick<Database, "name" | "rows">[]> {
  const found: Pick<Database, "name" | "rows">[] = [];
  for (const name of (await databaseNames(host)).slice(0, MOST_DATABASES)) {
    const { rows } = await counted({ host, name, access: "serving", deadline });
    found.push({ name: name.slice(0, LONGEST.name), rows });
  }
  return found;
}

/** Counts come first: they take seconds, and looking through a large database takes minutes. */
async function proven(asked: Asked): Promise<Database> {
  const { rows, tableCount, tables } = await counted(asked);
  const largest = tables.toSorted((a, b) => (b.rows ?? -1) - (a.rows ?? -1)).slice(0, MOST_TABLES);
  const integrity = (await integrityOf(asked)).slice(0, LONGEST.problem);
  return { name: asked.name.slice(0, LONGEST.name), integrity, rows, tableCount, tables: largest };
}

interface Asked {
  host: Host;
  name: string;
  access: "copy" | "serving";
  deadline: number;
}

async function counted(asked: Asked): Promise<Pick<Database, "rows" | "tableCount" | "tables">> {
  const names = await tableNames(asked);
  const tables: Database["tables"] = [];
  for (const table of names?.slice(0, MOST_COUNTED) ?? []) tables.push({ name: table.slice(0, LONGEST.name), rows: await rowsIn(asked, table) });
  const known = tables.flatMap(({ rows }) => (rows === null ? [] : [rows]));
  const isKnown = names !== undefined && (known.length > 0 || tables.length === 0);
  return { rows: isKnown ? known.reduce((sum, rows) => sum + rows, 0) : null, tableCount: names?.length ?? null, tables };
}

const TABLES = String.raw`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`;

async function tableNames(asked: Asked): Promise<string[] | undefined> {
  const { rows } = await query(asked, TABLES, LIST_MS);
  return rows?.map(String);
}

async function rowsIn(asked: Asked, table: string): Promise<number | null> {
  const { rows } = await query(asked, `SELECT count(*) FROM "${table.replaceAll('"', '""')}"`, COUNT_MS);
  return typeof rows?.[0] === "number" ? rows[0] : null;
}

async function integrityOf(asked: Asked): Promise<string> {
  const answer = await query(asked, "PRAGMA integrity_check(1)", Number.POSITIVE_INFINITY);
  if (answer.rows === undefined) return answer.because;
  const [first] = answer.rows;
  return typeof first === "string" ? first : "not known: sqlite3 said nothing";
}

type Answer = { rows: unknown[] } | { rows: undefined; because: string };

/** The first column of every row. Waits no longer than `atMostMs`, and never beyond the deadline. */
async function query({ host, name, access, deadline }: Asked, sql: string, atMostMs: number): Promise<Answer> {
  const seconds = Math.floor(Math.min(deadline - host.now().getTime(), atMostMs) / 1000);
  if (seconds < 1) return { rows: undefined, because: "not looked at: there was no time left" };
  const { exitCode, stdout } = await run(host, LINES.query({ path: host.locate(`${PATHS.databases}/${name}`), access }, sql, seconds), {
    ms: seconds * 1000 + GRACE_MS,
  });
  if (exitCode === 0) return { rows: firstColumn(stdout) };
  return {
    rows: undefined,
    because: TIMED_OUT.has(exitCode)
      ? `not known: not at its end after ${seconds} s`
      : (DAMAGED[exitCode] ?? `not known: sqlite3 ended with exit code ${exitCode}`),
  };
}

/** Source: timeout(1), "Exit status": 137 where it had to kill. */
const TIMED_OUT = new Set([124, 137]);

/**
 * The two that speak of the file itself; every other, as of a file that is busy or can't be opened, a program that is not there or a collation
 * that it lacks, says nothing of what is in it. Source: SQLite, "Result and Error Codes"; its program ends with them.
 */
const DAMAGED: Record<number, string> = { 11: "database disk image is malformed", 26: "file is not a database" };

/** Nothing is printed where there is no row. */
function firstColumn(stdout: string): unknown[] {
  const rows: unknown = stdout.trim() === "" ? [] : JSON.parse(stdout);
  return Array.isArray(rows) ? rows.map((row: object) => Object.values(row)[0]) : [];
}
