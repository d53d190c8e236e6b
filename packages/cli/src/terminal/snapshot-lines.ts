import { MARK } from "@steward/core/retention/marks";
import type { RetentionLine } from "@steward/core/retention/plan";
import type { SnapshotsReport } from "@steward/core/retention/report";
import { names } from "@steward/core/topology/names";
import { count } from "./clock.ts";
import { indented } from "./outline-lines.ts";
import type { Screen } from "./screen.ts";
import { wrap } from "./wrap.ts";

/** Below this width a snapshot's due date and reason go under it. */
const WIDE = 140;
const GAP = "  ";

export type Shown = RetentionLine["verdict"];
/** Where the stage is asked, for the commands that go on. */
interface Place {
  region: string;
  profile: string | undefined;
}

/** The report with the lines of one verdict; its counts stay those of all. */
export const onlyThose = (report: SnapshotsReport, shown: Shown | undefined): SnapshotsReport =>
  shown === undefined ? report : { ...report, lines: report.lines.filter(({ verdict }) => verdict === shown) };

/** A plan for reading: a line for each snapshot, what it comes to, what would stop it, and how to go on. */
export const snapshotLines = (report: SnapshotsReport, place: Place, screen: Screen): string[] => [
  `${screen.style("bold", report.stage)}: snapshots of ${report.volumeId ?? "former volumes, there is no data volume now"}, as of ${minute(report.at)}`,
  ...(report.lines.length === 0 ? [] : ["", ...table(report, screen)]),
  "",
  ...indented(sum(report), 0, screen).map((line) => screen.style("bold", line)),
  ...(report.because === null
    ? []
    : indented(`Stopped: ${report.because}. Nothing is deleted until a person says so.`, 0, screen).map((line) => screen.style("red", line))),
  ...next(report, place).flatMap(({ words, command }) => ["", ...indented(words, 0, screen), `  $ ${command}`]),
];

/** `2026-11-02T14:00Z`: one word, so that columns stay columns. */
const minute = (at: Date): string => `${at.toISOString().slice(0, 16)}Z`;

function table(report: SnapshotsReport, screen: Screen): string[] {
  const several = report.lines.some(({ volumeId }) => volumeId !== report.volumeId);
  const heads = ["VERDICT", "SNAPSHOT", ...(several ? ["VOLUME"] : []), "SLOT", "RULE", "DUE"];
  const rows = report.lines.map((line) => ({ line, cells: cellsOf(line, several) }));
  const widths = heads.map((head, column) => rows.reduce((widest, { cells }) => Math.max(widest, cells[column]?.length ?? 0), head.length));
  const row = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(GAP);
  const margin = widths.reduce((sum, width) => sum + width + GAP.length, 0);
  if (screen.width < WIDE) return rows.flatMap(({ line, cells }) => stacked(line, row(cells.slice(0, -1)).trimEnd(), screen));
  return [screen.style("bold", `${row(heads)}${GAP}BECAUSE`), ...rows.flatMap(({ line, cells }) => beside(line, { text: row(cells), margin }, screen))];
}

const cellsOf = ({ verdict, snapshotId, volumeId, at, rule, dueAt }: RetentionLine, several: boolean): string[] => [
  verdict,
  snapshotId,
  ...(several ? [volumeId] : []),
  minute(at),
  rule,
  dueAt === null ? "-" : minute(dueAt),
];

const COLOUR = { keep: "green", delete: "yellow" } as const;

function beside({ verdict, because }: RetentionLine, { text, margin }: { text: string; margin: number }, screen: Screen): string[] {
  const [first = "", ...rest] = wrap(because, screen.width - margin);
  return [
    `${screen.style(COLOUR[verdict], text)}${GAP}${screen.style("dim", first)}`,
    ...rest.map((line) => screen.style("dim", `${" ".repeat(margin)}${line}`)),
  ];
}

const stacked = ({ verdict, because, dueAt }: RetentionLine, text: string, screen: Screen): string[] => [
  screen.style(COLOUR[verdict], text),
  ...indented(`${dueAt === null ? "" : `due ${minute(dueAt)}; `}${because}`, 4, screen).map((line) => screen.style("dim", line)),
];

function sum({ counts: { keep, delete: due } }: SnapshotsReport): string {
  const all = keep + due;
  return all === 0 ? "There is no snapshot yet." : `${count(all)} ${all === 1 ? "snapshot" : "snapshots"}: ${count(keep)} stay, ${count(due)} due to go.`;
}

/** Exact commands; the one that deletes has an id of its own minute, so that pasted twice it is one pruning. */
function next({ stage, at, counts, because }: SnapshotsReport, { region, profile }: Place): { words: string; command: string }[] {
  if (counts.delete === 0) return [];
  const aws = `${region}${profile === undefined ? "" : ` --profile ${quoted(profile)}`}`;
  const invoke = (payload: object) =>
    `aws lambda invoke --function-name ${names(stage).function("runbook")} --region ${aws} --cli-binary-format raw-in-base64-out --payload '${JSON.stringify(payload)}' /dev/stdout`;
  const order = { runbook: "prune-snapshots", input: because === null ? {} : { confirm: counts.delete } };
  const id = `prune-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").toLowerCase()}`;
  return [
    {
      words: "To keep one, whatever the rules say:",
      command: `aws ec2 create-tags --region ${aws} --resources <snapshot> --tags Key=${MARK.hold},Value=<why>`,
    },
    { words: "To see what else would refuse a pruning; changes nothing:", command: invoke({ mode: "plan", ...order }) },
    {
      words:
        because === null
          ? "Steward deletes what is due by itself, about every hour. At once:"
          : `To let these ${count(counts.delete)} go although they are too many:`,
      command: invoke({ mode: "run", ...order, reason: "seen in steward snapshots plan", id }),
    },
  ];
}

/** A word for the shell. */
const quoted = (word: string): string => (/^[\w.@/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
