import type { FunctionSpec } from "../topology/control-spec.ts";
import { METRICS } from "../topology/grants.ts";
import type { Topology } from "../topology/topology.ts";
import { ASSUMED } from "./assumptions.ts";
import { type Item, steward, usage } from "./items.ts";
import { HOURS_PER_MONTH, PRICES } from "./prices.ts";

/** What schedules call in a month: how often, and with how much memory. */
interface Call {
  times: number;
  memoryGb: number;
}

const calls = ({ schedules, functions }: Topology): Call[] =>
  schedules.flatMap(({ target, everyMinutes }) =>
    functions.filter(({ handler }) => handler === target).map(({ memoryMb }) => ({ times: (HOURS_PER_MONTH * 60) / everyMinutes, memoryGb: memoryMb / 1_024 })),
  );

/** Runs that make and delete snapshots, where there are any to make. */
function snapshotRuns({ kind, functions }: Topology): Item[] {
  const runs = kind === "single" ? ASSUMED.snapshotRuns.value : 0;
  const memoryGb = sum(functions, ({ handler, memoryMb }) => (handler === "remediate" ? memoryMb / 1_024 : 0));
  if (runs === 0) return [];
  return [
    steward("snapshots, runs", runs * ASSUMED.snapshotRunSeconds.value * memoryGb, PRICES.functionDuration),
    steward("snapshots, durable operations", runs * ASSUMED.snapshotOperations.value, PRICES.durableOperations),
  ];
}

const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((total, one) => total + of(one), 0);
const sweeps = (topology: Topology): number => sum(calls(topology), ({ times }) => times);

/** Functions cost when they run: by schedule, for snapshots, and at incidents. */
export function functions(topology: Topology): Item[] {
  const durable = topology.functions.filter((spec: FunctionSpec) => spec.durable !== null).length;
  const seconds = sum(calls(topology), ({ times, memoryGb }) => times * memoryGb) * ASSUMED.sweepSeconds.value;
  return [
    ...snapshotRuns(topology),
    steward("functions, called by schedules", sweeps(topology), PRICES.functionRequests),
    steward("functions, running", seconds, PRICES.functionDuration),
    steward("functions, logs", (sweeps(topology) * ASSUMED.sweepLogKb.value) / 1e6, PRICES.logsIngested),
    usage("incidents, durable operations", durable * ASSUMED.incidents.value * ASSUMED.incidentOperations.value, PRICES.durableOperations),
  ];
}

export const table = (topology: Topology): Item[] => [
  steward("ledger, reads", sweeps(topology) * ASSUMED.sweepReads.value, PRICES.tableReads),
  steward("ledger, writes", sweeps(topology) * ASSUMED.sweepWrites.value, PRICES.tableWrites),
  steward("ledger, kept", ASSUMED.ledgerGb.value, PRICES.tableStorage),
  ...(topology.table.pointInTimeRecovery ? [steward("ledger, restorable to any second", ASSUMED.ledgerGb.value, PRICES.tableBackup)] : []),
];

/** Each alarm watches one metric; metrics of Steward's own namespace are paid, AWS's are not. */
export function alarms(topology: Topology): Item[] {
  const own = topology.alarms.filter(({ namespace }) => namespace === METRICS).map(({ metric, dimensions }) => JSON.stringify([metric, dimensions]));
  return [
    steward("alarms", topology.alarms.length, PRICES.alarm),
    steward("metrics of Steward", new Set(own).size, PRICES.metric),
    steward("requests to CloudWatch", sweeps(topology) * ASSUMED.sweepMetricRequests.value, PRICES.metricRequests),
  ];
}

export const composites = (topology: Topology): Item[] => [steward("alarms over alarms", topology.composites.length, PRICES.composite)];
export const dashboard = (): Item[] => [steward("dashboard", 1, PRICES.dashboard)];
export const keys = (topology: Topology): Item[] => [steward("keys", topology.keys.length, PRICES.key)];
export const secrets = (topology: Topology): Item[] => [steward("secrets", topology.secrets.length, PRICES.secret)];

const spoken = ASSUMED.incidents.value * ASSUMED.incidentEvents.value;
export const events = (): Item[] => [usage("incidents, events on Steward's bus", spoken, PRICES.customEvents)];

/** Each listener of each topic is told of everything. */
export const messages = ({ topics }: Topology): Item[] =>
  (["email", "https"] as const).flatMap((protocol) => {
    const listeners = topics.flatMap(({ subscriptions }) => subscriptions).filter((subscription) => subscription.protocol === protocol).length;
    return listeners > 0 ? [usage(`incidents, messages by ${protocol}`, listeners * spoken, protocol === "email" ? PRICES.emails : PRICES.webhooks)] : [];
  });
