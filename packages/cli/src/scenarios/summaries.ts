import { TOPOLOGIES, type TopologyKind } from "@steward/core/topology/topology";

const both = (summary: string) => ({ ha: summary, single: summary });

/** What each scenario tells, by the topologies that it is for. Kept apart from the scenarios themselves, so that help and errors need no simulator. */
export const SCENARIO_SUMMARIES = {
  main: {
    ha: "a node hangs and is replaced; then the database goes down and no node is touched",
    single: "the service crashes and is restarted; then it hangs for good: Steward refuses to go on, until a human ends the server",
  },
  "first-deploy": {
    ha: "from an empty account to a pair that serves: image, vault, database, first node, second node",
    single: "from an empty account to a server that serves: image, vault, data volume, server",
  },
  quiet: both("nothing goes wrong for an hour; nothing is done"),
  "node-hangs": {
    ha: "one node accepts requests no more, and a restart does not help",
    single: "the service hangs and a restart helps; the next hang survives it, and the volume stays where it is",
  },
  "node-killed": {
    ha: "one instance is terminated by hand",
    single: "the server's instance is terminated by hand: nothing replaces it, and its volume and address wait for a human",
  },
  "server-stopped": { single: "the server's instance is stopped by hand and started again: nothing is moved meanwhile" },
  "server-snapshots": {
    single: "snapshots every hour: Steward dies while the volume is frozen, one fails, events come five times; old ones go, one that is needed stays",
  },
  "server-drill": {
    single: "a snapshot is restored on a server of its own and looked at, with RPO and RTO; then all of it is removed, and users notice nothing",
  },
  "service-crash": both("Package Manager dies on one node; a restart helps"),
  "database-down": { ha: "the database is down for ten minutes, so both nodes look sick" },
  "both-nodes-hang": { ha: "both nodes hang at once while the database is up" },
  "alarm-lost": { ha: "one node hangs and every event about it is lost; the sweep finds it" },
  "alarm-repeated": { ha: "one node hangs and every event comes five times and out of order" },
  throttled: { ha: "one node hangs while AWS throttles a third of all calls" },
  "function-killed": { ha: "one node hangs while execution environments die around their checkpoints" },
} as const satisfies Record<string, Partial<Record<TopologyKind, string>>>;
export type ScenarioId = keyof typeof SCENARIO_SUMMARIES;

export const SCENARIO_IDS = Object.keys(SCENARIO_SUMMARIES) as ScenarioId[];

/** Where a scenario can be played. */
export const topologiesOf = (scenario: ScenarioId): TopologyKind[] => TOPOLOGIES.filter((kind) => kind in SCENARIO_SUMMARIES[scenario]);

/** The scenarios that can be played in a topology. */
export const scenariosOf = (topology: TopologyKind): ScenarioId[] => SCENARIO_IDS.filter((id) => topologiesOf(id).includes(topology));

/** Whether a scenario begins in an account in which nothing serves yet. */
export const startsEmpty = (scenario: ScenarioId): boolean => scenario === "first-deploy";
