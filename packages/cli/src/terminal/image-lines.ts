import type { ImagesReport } from "@steward/core/image/report";
import type { ImageLine } from "@steward/core/image/retention";
import { MARK } from "@steward/core/retention/marks";
import { count } from "./clock.ts";
import { indented } from "./outline-lines.ts";
import { atPlace, dueCell, invoking, minute, type NextCommand, nextLines, type PlanPlace, type PlanRow, planTable, runId } from "./plan-lines.ts";
import type { Screen } from "./screen.ts";

/** A plan for reading: a line for each image, what it comes to, and how to go on. */
export const imageLines = (report: ImagesReport, place: PlanPlace, screen: Screen): string[] => [
  `${screen.style("bold", report.stage)}: golden images, as of ${minute(report.at)}`,
  ...(report.lines.length === 0 ? [] : ["", ...planTable(["VERDICT", "IMAGE", "MADE", "RULE", "DUE"], report.lines.map(rowOf), screen)]),
  "",
  ...indented(sum(report), 0, screen).map((line) => screen.style("bold", line)),
  ...leftLines(report, screen),
  ...nextLines(next(report, place), screen),
];

const rowOf = ({ verdict, imageId, at, rule, dueAt, because }: ImageLine): PlanRow => ({
  colour: verdict === "keep" ? "green" : "yellow",
  cells: [verdict, imageId, minute(at), rule, dueCell(dueAt)],
  because,
});

/** Snapshots whose image is gone: of each what becomes of it. */
const leftLines = ({ leftSnapshots }: ImagesReport, screen: Screen): string[] =>
  leftSnapshots.length === 0
    ? []
    : [
        "",
        screen.style("bold", `Of images that are gone ${count(leftSnapshots.length)} ${leftSnapshots.length === 1 ? "snapshot is" : "snapshots are"} left:`),
        "",
        ...planTable(["VERDICT", "SNAPSHOT", "MADE", "RULE", "DUE"], leftSnapshots.map(leftRow), screen),
      ];

const leftRow = ({ verdict, snapshotId, at, rule, dueAt, because }: ImagesReport["leftSnapshots"][number]): PlanRow => ({
  colour: verdict === "keep" ? "green" : "yellow",
  cells: [verdict, snapshotId, minute(at), rule, dueCell(dueAt)],
  because,
});

function sum({ counts: { keep, disable, deregister } }: ImagesReport): string {
  const all = keep + disable + deregister;
  const goes = disable === 0 ? `${count(deregister)} due to go` : `${count(disable)} due to be disabled, ${count(deregister)} to go`;
  return all === 0 ? "There is no image yet." : `${count(all)} ${all === 1 ? "image" : "images"}: ${count(keep)} stay, ${goes}.`;
}

function next({ stage, at, counts, leftSnapshots }: ImagesReport, place: PlanPlace): NextCommand[] {
  const left = leftSnapshots.filter(({ verdict }) => verdict !== "keep").length;
  if (counts.disable + counts.deregister + left === 0) return [];
  const order = { runbook: "prune-images", input: {} };
  return [
    {
      words: "To keep one, whatever the rules say:",
      command: `aws ec2 create-tags ${atPlace(place)} --resources <id> --tags Key=${MARK.hold},Value=<why>`,
    },
    { words: "To see which go next, and what would refuse it; changes nothing:", command: invoking(stage, place, { mode: "plan", ...order }) },
    {
      words: "Steward takes away what is due by itself, three a day. At once:",
      command: invoking(stage, place, { mode: "run", ...order, reason: "seen in steward images plan", id: runId("images", at) }),
    },
  ];
}
