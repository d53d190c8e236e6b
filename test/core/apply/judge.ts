import { progressOf } from "@steward/core/apply/progress";
import type { Progress } from "@steward/core/apply/step-progress";
import type { FleetFacts, NodeFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import type { Step } from "@steward/core/runbooks/steps";
import type { TopologyKind } from "@steward/core/topology/topology";
import { FIRST, healthyFleet, node, SECOND } from "../builders.ts";

export const KEY = "demo-incident-x-1/round 1.1";
export const done: Progress = { kind: "done" };
export const due: Progress = { kind: "due" };
export const pending = (because: string): Progress => ({ kind: "pending", because });
export const impossible = (because: string): Progress => ({ kind: "impossible", because });
export const vanished: Progress = { kind: "impossible", because: `${FIRST} is gone`, vanished: true };
/** How far a step is with the first node like this, beside these. */
export const judge = (
  step: Step,
  first: Partial<NodeFacts> | undefined,
  {
    applied = false,
    beside = [node({ instanceId: SECOND })],
    topology = "ha",
    ...but
  }: { applied?: boolean; beside?: NodeFacts[]; topology?: TopologyKind } & Partial<FleetFacts> = {},
) => progressOf(step, healthyFleet({ nodes: [...(first ? [node(first)] : []), ...beside], ...but }), { key: KEY, applied, policy: policyOf(topology) });

export const base = { instanceId: FIRST, because: "" };
