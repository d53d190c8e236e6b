import type { StageView } from "@steward/core/first-deploy/progress";
import type { StatusReport } from "@steward/core/fleet/status";
import { type ProofView, proofWords } from "@steward/core/proof/view";
import { indented } from "./outline-lines.ts";
import type { Screen } from "./screen.ts";

/** A stage on one screen: what it is, how far a first deploy is, who serves, what is open. */
export function statusLines(report: StatusReport, screen: Screen): string[] {
  const { stage, topology, serving, capacity, at } = report;
  const words = `${serving} of ${capacity} ${capacity === 1 ? "server" : "nodes"} serving`;
  return [
    `${screen.style("bold", stage)} (${topology}): ${screen.style(serving >= capacity ? "green" : "yellow", words)}, as of ${at.toISOString()}`,
    ...(report.switch.position === "off"
      ? indented(`The switch is off${report.switch.because ? `: ${report.switch.because}` : ""}; Steward only watches.`, 0, screen)
      : []),
    ...(report.firstDeploy ? ["", ...firstDeployLines(report.firstDeploy, screen)] : []),
    ...section("Nodes", nodeLines(report), screen),
    ...section("Restore", report.proof ? [proofWords(report.proof), ...trouble(report.proof)] : [], screen),
    ...section("Open", incidentLines(report), screen),
    ...section(
      "Under way",
      report.runs.map(({ name, startedAt }) => `${name}, since ${startedAt.toISOString()}`),
      screen,
    ),
    ...section(
      "Could not be read",
      report.unread.map(({ what, because }) => `${what}: ${because}`),
      screen,
    ),
  ];
}

/** What is wrong although one was proven once. */
const trouble = ({ last, because }: ProofView): string[] => (last && because ? [because] : []);

const section = (title: string, lines: readonly string[], screen: Screen): string[] =>
  lines.length === 0 ? [] : ["", screen.style("bold", title), ...lines.flatMap((line) => indented(line, 2, screen))];

const MARKS = { done: "✔", now: "▶", later: "·" } as const;
const STYLES = { done: "green", now: "cyan", later: "dim" } as const;

/** Every stage on a line; under the current one what it waits for, and under each what a person can do. */
export function firstDeployLines(stages: readonly StageView[], screen: Screen): string[] {
  const over = stages.filter(({ state }) => state === "done").length;
  return [screen.style("bold", `First deploy: ${over} of ${stages.length} stages are over`), ...stages.flatMap((stage) => stageLines(stage, screen))];
}

function stageLines({ state, words, since, late, because, todo }: StageView, screen: Screen): string[] {
  const when = state === "now" && since ? ` (since ${since.toISOString()}${late ? ", longer than it should take" : ""})` : "";
  return [
    screen.style(STYLES[state], `  ${MARKS[state]} ${words}${when}`),
    ...(because === null ? [] : indented(because, 6, screen)),
    ...(todo === null ? [] : todo.split("; ").flatMap((command) => indented(command.startsWith("npx ") ? `$ ${command}` : command, 6, screen))),
  ];
}

const nodeLines = ({ nodes }: StatusReport): string[] =>
  nodes.map(
    ({ instanceId, lifecycle, ec2, target, imageId, serving }) =>
      `${instanceId}  ${serving ? "serves" : (lifecycle ?? "not in the group")}  ${ec2 ?? "unknown to EC2"}  ${target?.state ?? "no target"}  ${imageId}`,
  );

const incidentLines = ({ incidents }: StatusReport): string[] =>
  incidents.flatMap(({ id, kind, resource, state, refusals }) => [
    `${id}: ${kind}, ${resource}${state === "paged" ? ", a human was paged" : ""}`,
    ...refusals.map(({ guard, because }) => `  ${guard}: ${because}`),
  ]);
