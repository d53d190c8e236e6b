import { proofWords } from "@steward/core/proof/view";
import { MARK } from "@steward/core/retention/marks";
import type { RetentionLine } from "@steward/core/retention/plan";
import type { SnapshotsReport } from "@steward/core/retention/report";
import { count } from "./clock.ts";
import { indented } from "./outline-lines.ts";
import { atPlace, dueCell, invoking, minute, type NextCommand, nextLines, type PlanPlace, type PlanRow, planTable, runId } from "./plan-lines.ts";
import type { Screen } from "./screen.ts";

export type Shown = RetentionLine["verdict"];

/** The report with the lines of one verdict; its counts stay those of all. */
export const onlyThose = (report: SnapshotsReport, shown: Shown | undefined): SnapshotsReport =>
  shown === undefined ? report : { ...report, lines: report.lines.filter(({ verdict }) => verdict === shown) };

/** A plan for reading: a line for each snapshot, what it comes to, what would stop it, and how to go on. */
export const snapshotLines = (report: SnapshotsReport, place: PlanPlace, screen: Screen): string[] => [
  `${screen.style("bold", report.stage)}: snapshots of ${report.volumeId ?? "former volumes, there is no data volume now"}, as of ${minute(report.at)}`,
  ...(report.proof ? indented(`Restore: ${proofWords(report.proof)}`, 0, screen) : []),
  ...(report.lines.length === 0 ? [] : ["", ...table(report, screen)]),
  "",
  ...indented(sum(report), 0, screen).map((line) => screen.style("bold", line)),
  ...(report.because === null
    ? []
    : indented(`Stopped: ${report.because}. Nothing is deleted until a person says so.`, 0, screen).map((line) => screen.style("red", line))),
  ...nextLines(next(report, place), screen),
];

function table(report: SnapshotsReport, screen: Screen): string[] {
  const several = report.lines.some(({ volumeId }) => volumeId !== report.volumeId);
  const heads = ["VERDICT", "SNAPSHOT", ...(several ? ["VOLUME"] : []), "SLOT", "RULE", "DUE"];
  const rows = report.lines.map((line): PlanRow => ({ colour: COLOUR[line.verdict], cells: cellsOf(line, several), because: line.because }));
  return planTable(heads, rows, screen);
}

const COLOUR = { keep: "green", archive: "green", delete: "yellow" } as const;

const cellsOf = ({ verdict, snapshotId, volumeId, at, rule, dueAt }: RetentionLine, several: boolean): string[] => [
  verdict,
  snapshotId,
  ...(several ? [volumeId] : []),
  minute(at),
  rule,
  dueCell(dueAt),
];

function sum({ counts: { keep, archive, delete: due } }: SnapshotsReport): string {
  const all = keep + archive + due;
  if (all === 0) return "There is no snapshot yet.";
  const moves = archive === 0 ? "" : ` ${count(archive)} to be archived,`;
  return `${count(all)} ${all === 1 ? "snapshot" : "snapshots"}: ${count(keep)} stay,${moves} ${count(due)} due to go.`;
}

/** Exact commands; the one that deletes has an id of its own minute, so that pasted twice it is one pruning. */
function next({ stage, at, counts, because }: SnapshotsReport, place: PlanPlace): NextCommand[] {
  if (counts.delete === 0) return [];
  const order = { runbook: "prune-snapshots", input: because === null ? {} : { confirm: counts.delete } };
  return [
    {
      words: "To keep one, whatever the rules say:",
      command: `aws ec2 create-tags ${atPlace(place)} --resources <snapshot> --tags Key=${MARK.hold},Value=<why>`,
    },
    { words: "To see what else would refuse a pruning; changes nothing:", command: invoking(stage, place, { mode: "plan", ...order }) },
    {
      words:
        because === null
          ? "Steward deletes what is due by itself, about every hour. At once:"
          : `To let these ${count(counts.delete)} go although they are too many:`,
      command: invoking(stage, place, { mode: "run", ...order, reason: "seen in steward snapshots plan", id: runId("prune", at) }),
    },
  ];
}
