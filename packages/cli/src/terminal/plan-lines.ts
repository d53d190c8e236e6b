import { names } from "@steward/core/topology/names";
import { indented } from "./outline-lines.ts";
import type { Screen } from "./screen.ts";
import { wrap } from "./wrap.ts";

/** Below this width a line's due date and reason go under it. */
const WIDE = 140;
const GAP = "  ";

/** One line of a plan of what stays and what goes: its columns but the last, which is the reason. */
export interface PlanRow {
  colour: "green" | "yellow";
  /** Single words; the last one says when it is due. */
  cells: string[];
  because: string;
}

/** `2026-11-02T14:00Z`: one word, so that columns stay columns. */
export const minute = (at: Date): string => `${at.toISOString().slice(0, 16)}Z`;

/** A due date as one word, a dash where nobody can say. */
export const dueCell = (dueAt: Date | null): string => (dueAt === null ? "-" : minute(dueAt));

/** A table for reading and for grep and awk; on a narrow terminal each line has what does not fit under it. */
export function planTable(heads: string[], rows: readonly PlanRow[], screen: Screen): string[] {
  const widths = heads.map((head, column) => rows.reduce((widest, { cells }) => Math.max(widest, cells[column]?.length ?? 0), head.length));
  const row = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(GAP);
  const margin = widths.reduce((sum, width) => sum + width + GAP.length, 0);
  if (screen.width < WIDE) return rows.flatMap((line) => stacked(line, row(line.cells.slice(0, -1)).trimEnd(), screen));
  return [screen.style("bold", `${row(heads)}${GAP}BECAUSE`), ...rows.flatMap((line) => beside(line, { text: row(line.cells), margin }, screen))];
}

function beside({ colour, because }: PlanRow, { text, margin }: { text: string; margin: number }, screen: Screen): string[] {
  const [first = "", ...rest] = wrap(because, screen.width - margin);
  return [`${screen.style(colour, text)}${GAP}${screen.style("dim", first)}`, ...rest.map((line) => screen.style("dim", `${" ".repeat(margin)}${line}`))];
}

function stacked({ colour, cells, because }: PlanRow, text: string, screen: Screen): string[] {
  const due = cells.at(-1);
  return [screen.style(colour, text), ...indented(`${due === "-" ? "" : `due ${due}; `}${because}`, 4, screen).map((line) => screen.style("dim", line))];
}

/** Where the stage is asked, for the commands that go on. */
export interface PlanPlace {
  region: string;
  profile: string | undefined;
}

/** A command for the shell, and what it is for. */
export interface NextCommand {
  words: string;
  command: string;
}

export const nextLines = (next: readonly NextCommand[], screen: Screen): string[] =>
  next.flatMap(({ words, command }) => ["", ...indented(words, 0, screen), `  $ ${command}`]);

/** The part of an AWS command that says where. */
export const atPlace = ({ region, profile }: PlanPlace): string => `--region ${region}${profile === undefined ? "" : ` --profile ${quoted(profile)}`}`;

/** The exact command that asks the stage's runbooks for something. */
export const invoking = (stage: string, place: PlanPlace, payload: object): string =>
  `aws lambda invoke --function-name ${names(stage).function("runbook")} ${atPlace(place)} --cli-binary-format raw-in-base64-out --payload '${JSON.stringify(payload)}' /dev/stdout`;

/** An id of its own minute and second, so that a command pasted twice is one run. */
export const runId = (what: string, at: Date): string => `${what}-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").toLowerCase()}`;

/** A word for the shell. */
const quoted = (word: string): string => (/^[\w.@/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
