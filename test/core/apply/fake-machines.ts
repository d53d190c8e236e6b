import type { NodeFacts } from "@steward/core/fleet/facts";
import type { CommandReceipt } from "@steward/core/fleet/probe";
import { findNode } from "@steward/core/fleet/standing";
import type { StepContext } from "@steward/core/runbooks/steps";
import { NOW, node, report, reports, THIRD } from "../builders.ts";
import type { Ground } from "./fake-world.ts";

export const HEALTHY = { target: { state: "healthy", reason: null } } as const;
export const INITIAL = { lifecycle: "InService", target: { state: "initial", reason: null } } as const;

const known = ({ state }: Ground, instanceId: string): NodeFacts => findNode(state, instanceId) ?? node({ instanceId });

export const lifecycleOf = (ground: Ground, instanceId: string): string => known(ground, instanceId).lifecycle ?? "";

/** Changes a node; nothing happens to one that is not there any more. */
export const become = ({ state }: Ground, instanceId: string, change: Partial<NodeFacts>): void =>
  void Object.assign(findNode(state, instanceId) ?? {}, change);

/** The commands that a node remembers. */
export function receiptsOf(ground: Ground, instanceId: string): CommandReceipt[] {
  const { probe } = known(ground, instanceId);
  return probe.kind === "report" ? probe.report.receipts : [];
}

export interface Command {
  instanceId: string;
  seconds: number;
  outcome: CommandReceipt["outcome"];
  /** What the node is like afterwards. */
  afterwards: Partial<NodeFacts>;
}

/** Runs a command on a node for some seconds; the node remembers it by its key. */
export function runOnNode(ground: Ground, { instanceId, seconds, outcome, afterwards }: Command, context: StepContext): void {
  remember(ground, instanceId, context, "running", {});
  ground.later(seconds, () => remember(ground, instanceId, context, outcome, afterwards));
}

function remember(ground: Ground, instanceId: string, { key, epoch }: StepContext, outcome: CommandReceipt["outcome"], change: Partial<NodeFacts>): void {
  const { probe } = { ...known(ground, instanceId), ...change };
  const said = probe.kind === "report" ? probe.report : report({ instanceId });
  const others = receiptsOf(ground, instanceId).filter((receipt) => receipt.key !== key);
  const receipts = [...others, { key, epoch, verb: "command", at: NOW, outcome }];
  become(ground, instanceId, { ...change, probe: { kind: "report", report: { ...said, receipts } } });
}

/** The group launches the third node, which gets in by itself and serves two minutes later. */
export function launchStandIn(ground: Ground): void {
  ground.state.nodes.push(node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null, probe: { kind: "unknown", because: "it boots" } }));
  ground.later(90, () => become(ground, THIRD, { ...INITIAL, probe: reports({ instanceId: THIRD }) }));
  ground.later(110, () => become(ground, THIRD, HEALTHY));
}

/** Twenty seconds from now the machine is gone. */
export const goes = (ground: Ground, instanceId: string): void =>
  ground.later(20, () => become(ground, instanceId, { lifecycle: null, ec2: "terminated", target: null }));
