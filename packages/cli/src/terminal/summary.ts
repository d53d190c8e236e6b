import { type Incident, isAboutKeeping } from "@steward/core/incidents/incident";
import { proofView, proofWords } from "@steward/core/proof/view";
import type { TopologyKind } from "@steward/core/topology/topology";
import { longestWaitMs } from "../scenarios/server-snapshots.ts";
import type { SimulationResult } from "../simulation/result.ts";
import type { Stage } from "../simulation/stage.ts";
import { count, elapsed } from "./clock.ts";
import type { Screen } from "./screen.ts";

/** What came of it, in figures, and what to try next. */
export function summaryOf(stage: Stage, result: SimulationResult, screen: Screen): string[] {
  const row = (name: string, text: string) => `  ${screen.style("dim", name.padEnd(18))} ${text}`;
  const { requests, calls, invariants } = result;
  const guards = result.incidents.flatMap(({ refusals }) => refusals);
  return [
    "",
    screen.style("bold", "Summary") + screen.style("dim", "  (simulated time)"),
    "",
    ...stage.chronicle.incidents.map((incident) => row(incident.kind, incidentFigures(stage, incident))),
    ...snapshotFigures(stage).map(([name, text]) => row(name, text)),
    row("requests", `${count(requests.served)} served, ${count(requests.failed)} failed`),
    row("AWS calls", `${count(calls.total)} made by Steward's functions, ${changing(calls.byAction)} of them to change something`),
    row("guards that spoke", guards.length === 0 ? "none" : guards.map(({ guard, times }) => `${guard}${times > 1 ? ` (${times} times)` : ""}`).join(", ")),
    row(
      "invariants",
      `${invariants.checked.length} checked ${count(invariants.checks)} times, ${invariants.violated.length === 0 ? screen.style("green", "none violated") : screen.style("red", `${invariants.violated.length} violated`)}`,
    ),
    ...invariants.violated.map(({ at, invariant, what }) => row("", screen.style("red", `${at} ${invariant}: ${what}`))),
    ...result.expectations.map(({ what, held }) => row("", held ? `${screen.style("green", "✓")} ${what}` : screen.style("red", `✗ not so: ${what}`))),
    "",
    screen.style("bold", "Try next"),
    "",
    ...NEXT[result.topology].map((command) => `  ${command}`),
    "",
  ];
}

/** What was made and what is left of it, where any was made. */
function snapshotFigures(stage: Stage): [string, string][] {
  const made = stage.chronicle.slots.filter(({ state }) => state === "made");
  if (made.length === 0) return [];
  const kinds = [...Map.groupBy(made, ({ consistency }) => consistency ?? "unproven")].map(([kind, of]) => `${of.length} ${kind}-consistent`);
  const left = new Set(stage.snapshots.flatMap(({ id, state }) => (state === "completed" ? [id] : [])));
  const kept = made.filter(({ snapshotIds }) => snapshotIds.every((id) => left.has(id)));
  return [
    ["snapshots", `${made.length} sets made: ${kinds.join(", ")}`],
    ["slots kept", kept.map(({ slot }) => slot.toISOString().slice(11, 16)).join(", ") || "none"],
    ...(stage.chronicle.drill ? [["restore", proofWords(proofView(stage.chronicle.drill, null))] satisfies [string, string]] : []),
    ["writes waited", `${Math.round(longestWaitMs(stage) / 1000)} s at the longest; ${stage.freezes.length} times`],
  ];
}

/** Measured from the last fault before the incident was opened. */
function incidentFigures({ deployed, faults, servingHistory }: Stage, incident: Incident): string {
  const { openedAt, endedAt, state } = incident;
  const fault = faults.findLast(({ at, cleared }) => !cleared && at <= openedAt);
  if (!fault) return "no fault of ours";
  const { desired } = deployed.topology.group.serving;
  const again = servingHistory.find(({ at, serving }) => at > openedAt && serving >= desired)?.at;
  const ended = endedAt ? `closed after ${elapsed(fault.at, endedAt)}` : `still ${state}`;
  if (isAboutKeeping(incident)) return `detected ${elapsed(fault.at, openedAt)} after ${fault.id}, ${ended}`;
  const nodes = desired > 1 ? `${desired} nodes ` : "";
  return [
    `detected ${elapsed(fault.at, openedAt)} after ${fault.id}`,
    again ? `${nodes}serving again after ${elapsed(fault.at, again)}` : `${nodes}not serving again`,
    ended,
  ].join(", ");
}

/** Reads by name: AWS's read operations describe, get, list or query. */
const changing = (byAction: Record<string, number>): number =>
  Object.entries(byAction).reduce((sum, [action, times]) => (/^(ec2|autoscaling|elbv2|rds|sns):(?!Describe|Get|List)/.test(action) ? sum + times : sum), 0);

const EITHER = [
  "npx steward simulate --list                                       every scenario",
  "npx steward account --port 4566                                   look into such an account with the AWS CLI",
];

const NEXT: Record<TopologyKind, string[]> = {
  ha: [
    "npx steward simulate --scenario both-nodes-hang                   both hang at once: Steward refuses, and says why",
    "npx steward simulate --scenario function-killed                   Steward itself is killed in the middle of it",
    "npx steward simulate --topology single                            one server, with all its data on one volume",
    ...EITHER,
  ],
  single: [
    "npx steward simulate --topology single --scenario node-killed     the instance is gone, the data is not",
    "npx steward simulate --topology single --scenario server-stopped  the instance is stopped, and started again",
    "npx steward simulate --topology single --scenario server-snapshots  snapshots, and what goes wrong with them",
    "npx steward simulate --topology single --scenario server-drill    a snapshot is restored and looked at: RPO and RTO",
    "npx steward simulate                                              two nodes behind a load balancer",
    ...EITHER,
  ],
};
