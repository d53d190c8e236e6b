import { after } from "../apply/duration.ts";
import { isFounding } from "../first-deploy/stages.ts";
import type { FleetFacts, NodeFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { servingNodes } from "../fleet/standing.ts";
import { isAboutFleet } from "../incidents/incident.ts";
import { servingInWords } from "./serving-words.ts";
import { type Finding, triage } from "./triage.ts";

/** How the fleet differs from what was declared, in words for people; empty when it does not. Symptoms of nodes are for `triage`. */
export function deviations(facts: FleetFacts, policy: Policy): string[] {
  const { desired } = facts.group;
  return [
    ...(servingNodes(facts).length < policy.capacity ? [servingInWords(facts, policy)] : []),
    ...(desired === policy.capacity ? [] : [`the group's desired capacity is ${desired}, ${policy.capacity} ${policy.capacity === 1 ? "is" : "are"} declared`]),
    ...(policy.topology === "single" ? facts.nodes.filter(({ lifecycle }) => lifecycle === "Pending:Wait") : []).map(
      ({ instanceId }) => `${instanceId} waits in its launch hook for the data volume and the address`,
    ),
    ...(policy.topology === "single" ? servingNodes(facts) : [])
      .filter(({ instanceId }) => facts.address && facts.address.instanceId !== instanceId)
      .map(({ instanceId }) => `${instanceId} serves, and the address is with ${facts.address?.instanceId ?? "nobody"}`),
    ...facts.nodes.filter(({ lifecycle }) => lifecycle === "Standby").map(({ instanceId }) => `${instanceId} is in Standby`),
    ...facts.nodes.filter((node) => isStray(node, facts, policy)).map(({ instanceId }) => `${instanceId} runs, and the group does not have it`),
  ];
}

/** Young ones may only not be listed yet. */
const isStray = ({ lifecycle, ec2, launchedAt }: NodeFacts, { at }: FleetFacts, policy: Policy): boolean =>
  lifecycle === null && ec2 === "running" && after(launchedAt, policy.bootGrace) < at;

/** A deviation that nothing known explains: nobody is sick, no incident is open, nobody asked for it, no first deploy is under way, and the fleet is no newborn. */
export function unexplained(facts: FleetFacts, policy: Policy): Finding[] {
  const evidence = deviations(facts, policy);
  const asked = facts.runs.some(({ subject, endedAt }) => subject.startsWith("request-") && endedAt === null);
  if (isFounding(facts) || evidence.length === 0 || asked || facts.incidents.some(isAboutFleet) || isNewborn(facts, policy) || triage(facts, policy).length > 0)
    return [];
  return [{ kind: "fleet-differs", resource: facts.group.name, cause: "fleet-differs", evidence }];
}

/** Of a first deploy, on which nothing was lost yet: its nodes were launched together a short while ago, and all that they do is come up. */
function isNewborn({ nodes, group, desired, at }: FleetFacts, policy: Policy): boolean {
  if (nodes.length === 0) return group.desired === 0 && desired === null;
  const first = nodes.map(({ launchedAt }) => launchedAt).reduce((earliest, next) => (next < earliest ? next : earliest));
  const together = nodes.every(({ launchedAt, lifecycle }) => launchedAt <= after(first, policy.bootGrace) && /^(Pending|InService)/.test(lifecycle ?? ""));
  return together && group.desired === policy.capacity && after(first, policy.groupPatience) > at;
}
