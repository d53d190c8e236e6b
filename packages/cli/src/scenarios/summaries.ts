/** Kept apart from the scenarios themselves, so that help and errors need no simulator. */
export const SCENARIO_SUMMARIES = {
  main: "a node hangs and is replaced; then the database goes down and no node is touched",
  quiet: "nothing goes wrong for an hour; nothing is done",
  "node-hangs": "one node accepts requests no more, and a restart does not help",
  "node-killed": "one instance is terminated by hand",
  "service-crash": "Package Manager dies on one node; a restart helps",
  "database-down": "the database is down for ten minutes, so both nodes look sick",
  "both-nodes-hang": "both nodes hang at once while the database is up",
  "alarm-lost": "one node hangs and every event about it is lost; the sweep finds it",
  "alarm-repeated": "one node hangs and every event comes five times and out of order",
  throttled: "one node hangs while AWS throttles a third of all calls",
  "function-killed": "one node hangs while execution environments die around their checkpoints",
} as const;
export type ScenarioId = keyof typeof SCENARIO_SUMMARIES;
