import type { ExecResult } from "@steward/node/host";
import { type Kept, readKept } from "../database-access.ts";
import { type Call, type Command, ended, OUT_OF_TIME, STEP_MS, said } from "./command.ts";
import { untilThawed } from "./storage.ts";

/** Looking through a whole database takes longer than a question; assumed. */
const CHECK_MS = 4_000;
/** Source: SQLite, "Result and Error Codes"; its program ends with them. */
const [ERROR, CORRUPT, NO_DATABASE] = [1, 11, 26];

/** What a node asks of a database: a checkpoint, its tables, how many rows are in one, and whether it is whole. Answers with `-json` alone. */
export const sqlite3: Command = async (call) => {
  const { computer, words, takes } = call;
  const [path = "", sql = ""] = words.slice(-2);
  await takes(STEP_MS);
  const text = computer.files.read(path);
  if (text === undefined) return ended(ERROR);
  if (/wal_checkpoint/i.test(sql)) return checkpoint(call, path);
  if (!text.startsWith("{")) return ended(NO_DATABASE);
  const kept = readKept(text);
  if (/integrity_check/i.test(sql)) return check(call, kept);
  return kept ? answered(kept, sql) : ended(CORRUPT);
};

/** Prints what it did. Source: SQLite, "PRAGMA wal_checkpoint": busy, pages, pages moved. */
async function checkpoint({ computer, takes, timeoutMs }: Call, path: string): Promise<ExecResult> {
  return (await untilThawed({ computer, takes }, path, timeoutMs)) ? said("0|0|0\n") : OUT_OF_TIME;
}

async function check({ takes, timeoutMs }: Call, kept: Kept | undefined): Promise<ExecResult> {
  await takes(Math.min(CHECK_MS, timeoutMs));
  if (timeoutMs < CHECK_MS) return OUT_OF_TIME;
  return rows([{ integrity_check: kept ? "ok" : "*** in database main ***\nPage 8: btreeInitPage() returns error code 11" }]);
}

function answered({ tables }: Kept, sql: string): ExecResult {
  if (/FROM sqlite_master/.test(sql))
    return rows(
      Object.keys(tables)
        .sort()
        .map((name) => ({ name })),
    );
  const table = /^SELECT count\(\*\) FROM "(.*)"$/.exec(sql)?.[1]?.replaceAll('""', '"');
  const count = table === undefined ? undefined : tables[table];
  return count === undefined ? ended(ERROR) : rows([{ "count(*)": count }]);
}

/** Nothing where there is no row. */
const rows = (found: object[]): ExecResult => said(found.length === 0 ? "" : `${JSON.stringify(found)}\n`);
