import type { FleetFacts } from "@steward/core/fleet/facts";
import { ancestorOf } from "@steward/core/incidents/ancestor";
import { expect, test } from "vitest";
import { ago, attempt, FIRST, node, SECOND, THIRD } from "../builders.ts";

const launched = node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null, launchedAt: ago({ minutes: 2 }) });
const replacing = attempt({ runbook: "replace-node", resource: FIRST, outcome: "running", endedAt: null, startedAt: ago({ minutes: 3 }) });

test.each<[string, FleetFacts["attempts"], string | null]>([
  ["the node under replacement when it was launched", [replacing], FIRST],
  ["the node whose replacement began last", [{ ...replacing, resource: SECOND }, replacing], FIRST],
  ["the node whose replacement began at the very moment of its launch", [{ ...replacing, startedAt: ago({ minutes: 2 }) }], FIRST],
  ["nobody when the replacement is over", [{ ...replacing, outcome: "done" }], null],
  ["nobody when it was there before the replacement began", [{ ...replacing, startedAt: ago({ minutes: 1 }) }], null],
  ["nobody when a restart is all that runs", [{ ...replacing, runbook: "restart-service" }], null],
  ["never itself", [{ ...replacing, resource: THIRD }], null],
])("a node stands in for %s", (_whom, attempts, ancestor) => {
  expect(ancestorOf(launched, { attempts })).toBe(ancestor);
});
