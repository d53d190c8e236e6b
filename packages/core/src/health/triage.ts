import { isFounding } from "../first-deploy/stages.ts";
import type { FleetFacts, NodeFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { isAlive } from "../fleet/standing.ts";
import type { IncidentKind } from "../incidents/incident.ts";
import { CAUSES, type Cause } from "./causes.ts";

/** One explained symptom. */
export interface Finding {
  kind: IncidentKind;
  resource: string;
  cause: Cause;
  evidence: string[];
}

/** RDS states in which connections are accepted. Source: RDS user guide, "Viewing DB instance status". */
export const OPEN_FOR_CONNECTIONS = new Set([
  "available",
  "backing-up",
  "configuring-enhanced-monitoring",
  "configuring-iam-database-auth",
  "configuring-log-exports",
  "modifying",
  "renaming",
  "resetting-master-credentials",
  "storage-config-upgrade",
  "storage-initialization",
  "storage-optimization",
  "upgrading",
]);

/** In service, yet not well by EC2's or the balancer's word. A node that is only being admitted or let go is not sick. */
export const isSick = (node: NodeFacts): boolean =>
  node.lifecycle === "InService" && (!isAlive(node) || node.statusChecks === "impaired" || node.target?.state === "unhealthy");

type Kind = Pick<Policy, "topology">;

/**
 * Explains every symptom before anybody treats it: a shared cause explains all sick nodes at once and hides them. Before a first
 * deploy has put anything into effect nobody is served, so nothing is sick.
 * Same facts, same findings.
 */
export function triage(facts: FleetFacts, policy: Kind): Finding[] {
  if (isFounding(facts) && !facts.desired) return [];
  const sick = facts.nodes.filter(isSick);
  const shared = sharedCause(facts, sick, policy);
  if (shared) return [shared];
  return sick.map((node) => ({ kind: "node-sick", resource: node.instanceId, ...nodeCause(node, policy) }));
}

function sharedCause(facts: FleetFacts, sick: NodeFacts[], policy: Kind): Finding | undefined {
  return databaseDown(facts, sick) ?? storageDown(facts, sick) ?? everyNodeSick(facts, sick, policy);
}

function databaseDown(facts: FleetFacts, sick: NodeFacts[]): Finding | undefined {
  const { database } = facts;
  if (!database) return undefined;
  const evidence = [
    ...(OPEN_FOR_CONNECTIONS.has(database.status) ? [] : [`RDS says that the database is ${database.status}`]),
    ...allCutOff(facts, sick, "database").map((node) => `${node.instanceId} can't reach the database`),
  ];
  return evidence.length === 0 ? undefined : { kind: "database-down", resource: database.id, cause: "database-unreachable", evidence };
}

function storageDown(facts: FleetFacts, sick: NodeFacts[]): Finding | undefined {
  const evidence = allCutOff(facts, sick, "storage").map((node) => `${node.instanceId} can't reach the package storage`);
  return evidence.length === 0 ? undefined : { kind: "fleet-sick", resource: facts.group.name, cause: "storage-unreachable", evidence };
}

function everyNodeSick(facts: FleetFacts, sick: NodeFacts[], policy: Kind): Finding | undefined {
  const inService = facts.nodes.filter((node) => node.lifecycle === "InService");
  if (sick.length < 2 || sick.length < inService.length || !sick.every(isAlive)) return undefined;
  const evidence = sick.map((node) => `${node.instanceId}: ${CAUSES[nodeCause(node, policy).cause].words}`);
  return { kind: "fleet-sick", resource: facts.group.name, cause: "all-nodes-sick", evidence };
}

/** The sick nodes cut off from something that no other node can reach either; empty when one node still can. */
function allCutOff(facts: FleetFacts, sick: NodeFacts[], from: "database" | "storage"): NodeFacts[] {
  const sees = (state: "reachable" | "unreachable") => (node: NodeFacts) => node.probe.kind === "report" && node.probe.report[from] === state;
  return facts.nodes.some(sees("reachable")) ? [] : sick.filter(sees("unreachable"));
}

/** How users fare with a node: by the balancer's word, or by a single server's own where it has one. */
function seenFrom({ target }: NodeFacts, { topology }: Kind): string[] {
  if (topology === "single") return target?.reason ? [target.reason] : [];
  return [target ? `target is ${target.state}${target.reason ? ` (${target.reason})` : ""}` : "not registered with the load balancer"];
}

/** Why one node is sick, by its own report where there is one. */
function nodeCause(node: NodeFacts, policy: Kind): { cause: Cause; evidence: string[] } {
  const because = (cause: Cause, ...more: string[]) => ({ cause, evidence: [...seenFrom(node, policy), ...more] });
  if (!isAlive(node))
    return because(policy.topology === "single" ? "server-gone" : "instance-gone", `EC2 says ${node.ec2 ?? "that it does not know the instance"}`);
  if (node.statusChecks === "impaired") return because("instance-impaired", "EC2 status checks are impaired");
  if (node.probe.kind !== "report") return because("node-silent", node.probe.kind === "unknown" ? node.probe.because : "nobody asked the node");
  const { service, ping, database, storage } = node.probe.report;
  if (database === "unreachable" || storage === "unreachable")
    return because("node-cut-off", `database ${database}, package storage ${storage}, from this node`);
  if (service.state === "failed" || service.state === "inactive") return because("service-down", `the service is ${service.state}`);
  if (ping.kind !== "answer") return because("service-hangs", `the service is ${service.state}, /__ping__: ${ping.kind}`);
  if (ping.status !== 200) return because("service-refuses", `/__ping__ answers ${ping.status}`);
  return because("path-broken", "/__ping__ answers 200 on the node itself");
}
