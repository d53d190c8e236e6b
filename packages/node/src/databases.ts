import type { ProofReport } from "@steward/core/fleet/proof-report";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { LINES, run } from "./programs.ts";

type Database = ProofReport["databases"][number];

const MOST_DATABASES = 10;
const MOST_TABLES = 40;
/** More tables than these are not counted; Package Manager has some dozens. */
const MOST_COUNTED = 200;
const LIST_MS = 30_000;
const COUNT_MS = 60_000;
/** `timeout` itself needs a little longer than what it ends. */
const GRACE_MS = 10_000;
const LONGEST = { problem: 200, name: 100 };

/** Files of Package Manager's databases; no page names them, so whatever is called like one. */
export const databaseNames = async (host: Host): Promise<string[]> => (await host.list(PATHS.databases)).filter((name) => /\.(db|sqlite)$/.test(name));

/** What each database holds and whether it is whole. Ends at the deadline, whatever was not looked at by then. */
export async function provenDatabases(host: Host, deadline: number): Promise<Database[]> {
  const found: Database[] = [];
  for (const name of (await databaseNames(host)).slice(0, MOST_DATABASES)) found.push(await proven(host, name, deadline));
  return found;
}

/** Counts come first: they take seconds, and looking through a large database takes minutes. */
async function proven(host: Host, name: string, deadline: number): Promise<Database> {
  const asked = { host, path: host.locate(`${PATHS.databases}/${name}`), deadline };
  const names = await tableNames(asked);
  const tables: Database["tables"] = [];
  for (const table of names?.slice(0, MOST_COUNTED) ?? []) tables.push({ name: table.slice(0, LONGEST.name), rows: await rowsIn(asked, table) });
  const largest = tables.sort((a, b) => (b.rows ?? -1) - (a.rows ?? -1)).slice(0, MOST_TABLES);
  const integrity = (await integrityOf(asked)).slice(0, LONGEST.problem);
  return { name: name.slice(0, LONGEST.name), integrity, tableCount: names?.length ?? null, tables: largest };
}

interface Asked {
  host: Host;
  path: string;
  deadline: number;
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
  return typeof first === "string" ? first : "sqlite3 said nothing";
}

type Answer = { rows: unknown[] } | { rows: undefined; because: string };

/** The first column of every row. Waits no longer than `atMostMs`, and never beyond the deadline. */
async function query({ host, path, deadline }: Asked, sql: string, atMostMs: number): Promise<Answer> {
  const seconds = Math.floor(Math.min(deadline - host.now().getTime(), atMostMs) / 1000);
  if (seconds < 1) return { rows: undefined, because: "not looked at: there was no time left" };
  const { exitCode, stdout } = await run(host, LINES.query(path, sql, seconds), { ms: seconds * 1000 + GRACE_MS });
  if (exitCode === 0) return { rows: firstColumn(stdout) };
  return {
    rows: undefined,
    because: TIMED_OUT.has(exitCode) ? `not known: not at its end after ${seconds} s` : (PROBLEMS[exitCode] ?? `sqlite3 ended with exit code ${exitCode}`),
  };
}

/** Source: timeout(1), "Exit status": 137 where it had to kill. */
const TIMED_OUT = new Set([124, 137]);

/** Source: SQLite, "Result and Error Codes"; its program ends with them. */
const PROBLEMS: Record<number, string> = { 11: "database disk image is malformed", 26: "file is not a database" };

/** Nothing is printed where there is no row. */
function firstColumn(stdout: string): unknown[] {
  const rows: unknown = stdout.trim() === "" ? [] : JSON.parse(stdout);
  return Array.isArray(rows) ? rows.map((row: object) => Object.values(row)[0]) : [];
}
