import type { FleetFacts, NodeFacts } from "./facts.ts";
import { type DesiredState, reportDifferences } from "./probe.ts";

/** In service and answering the balancer's health check: users are served by it. */
export const isServing = (node: NodeFacts): boolean => node.lifecycle === "InService" && node.target?.state === "healthy";

/** Gone for good: neither the group nor EC2 has it as a running machine. */
export const isGone = (node: NodeFacts | undefined): boolean => node === undefined || (node.lifecycle === null && !isAlive(node));

/** The machine is, or is about to be, running. */
export const isAlive = (node: NodeFacts): boolean => node.ec2 === "running" || node.ec2 === "pending";

/** By EC2's word it stops or is ended; one that EC2 does not know yet is not. */
export const isEnded = (node: NodeFacts): boolean => node.ec2 !== null && !isAlive(node);

/** Part of the group's desired capacity: those in Standby or on their way out are not. */
export const isCounted = (node: NodeFacts): boolean => /^(Pending|InService|EnteringStandby)/.test(node.lifecycle ?? "");

/** On its way into the group or out of it, by whoever's will. */
export const isMoving = (node: NodeFacts): boolean => /^(Pending|Terminating)/.test(node.lifecycle ?? "");

/** Out of the balancer for certain: deregistered, not merely unhealthy (a balancer with no healthy target fails open). */
export const isDeregistered = (node: NodeFacts): boolean => node.target === null || node.target.state === "unused";

export const findNode = (facts: FleetFacts, instanceId: string): NodeFacts | undefined => facts.nodes.find((node) => node.instanceId === instanceId);

export const servingNodes = (facts: FleetFacts): NodeFacts[] => facts.nodes.filter(isServing);

export const servingBesides = (facts: FleetFacts, instanceId: string): number => servingNodes(facts).filter((node) => node.instanceId !== instanceId).length;

/** The first of a line of replacements: a budget spent on any of the line counts for all. */
export function lineageRoot(facts: Pick<FleetFacts, "lineage">, instanceId: string): string {
  const seen = new Set<string>();
  let root = instanceId;
  for (let next = facts.lineage[root]; next !== undefined && !seen.has(next); next = facts.lineage[root]) {
    seen.add(root);
    root = next;
  }
  return root;
}

/** What a report says against a node, compared with the desired state; empty when they are equal and it answers. */
export function differences(node: NodeFacts, desired: DesiredState | null): string[] {
  if (!desired) return ["nothing is desired yet"];
  if (node.probe.kind !== "report") return [node.probe.kind === "unknown" ? `no report: ${node.probe.because}` : "no report was asked for"];
  return reportDifferences(node.probe.report, desired);
}
