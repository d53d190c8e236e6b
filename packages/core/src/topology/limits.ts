import { MOST_DATA } from "../image/component.ts";
import { InvalidSettings } from "../settings/invalid-settings.ts";
import type { StageSettings } from "../settings/schema.ts";
import type { PolicyDocument } from "./policy.ts";
import { filledIn, INLINE_CHARACTERS, MANAGED_CHARACTERS, MOST_MANAGED, policyParts } from "./policy-parts.ts";
import type { Topology } from "./topology.ts";
import { topologyOf } from "./topology-of.ts";

/** Something of a topology that its store would not take. */
export interface Oversize {
  what: string;
  /** Bytes, or a count where the store counts. */
  size: number;
  /** The most that AWS takes. */
  limit: number;
  source: string;
}

type Measured = [what: string, text: string];
interface Store {
  limit: number;
  source: string;
  rendered: (topology: Topology) => Measured[];
}

const json = (value: unknown): string => JSON.stringify(value);

/** Every role that a deploy makes. */
const rolesOf = ({ functions, nodeRole, drillRole, image }: Topology): { name: string; policy: PolicyDocument }[] => [
  ...functions.map(({ role }) => role),
  nodeRole,
  ...(drillRole ? [drillRole] : []),
  image.builder.role,
];

/** Limits in bytes; a parameter is a standard one, since only those cost nothing and keep their history. */
const STORES: Store[] = [
  {
    limit: 4_096,
    source: "Systems Manager: standard parameter",
    rendered: ({ parameters }) => parameters.map(({ name, value }) => [`parameter ${name}`, value]),
  },
  { limit: 65_536, source: "Systems Manager: document", rendered: ({ document }) => [[`document ${document.name}`, json(document.content)]] },
  { limit: 16_384, source: "EC2: user data before encoding", rendered: ({ launchTemplate }) => [["user data", launchTemplate.userData]] },
  {
    limit: 4_096,
    source: "Lambda: environment of a function",
    rendered: ({ functions }) => functions.map(({ name, environment }) => [`environment of ${name}`, json(environment)]),
  },
  {
    limit: INLINE_CHARACTERS,
    source: "IAM: inline policies of a role",
    rendered: (topology) => rolesOf(topology).map(({ name, policy }) => [`policy of ${name}`, filledIn(policyParts(policy).inline)]),
  },
  {
    limit: MANAGED_CHARACTERS,
    source: "IAM: managed policy",
    rendered: (topology) =>
      rolesOf(topology).flatMap(({ name, policy }) => policyParts(policy).managed.map((part): Measured => [`policy of ${name}`, filledIn(part)])),
  },
  {
    limit: MOST_DATA,
    source: "Image Builder: data of a component",
    rendered: ({ image }) => image.components.map(({ name, data }) => [`component ${name}`, data]),
  },
  { limit: 4_096, source: "EventBridge: event pattern", rendered: ({ rules }) => rules.map(({ name, pattern }) => [`pattern of ${name}`, json(pattern)]) },
  { limit: 20_480, source: "S3: bucket policy", rendered: ({ buckets }) => buckets.map(({ name, policy }) => [`policy of bucket ${name}`, json(policy)]) },
  { limit: 32_768, source: "KMS: key policy", rendered: ({ keys }) => keys.map(({ alias, policy }) => [`policy of key ${alias}`, json(policy)]) },
  {
    limit: 1_024,
    source: "CloudWatch: alarm description",
    rendered: ({ alarms, composites }) => [...alarms, ...composites].map(({ name, because }) => [`description of ${name}`, because]),
  },
  {
    limit: 255,
    source: "EC2: description of a security group's rule",
    rendered: ({ network }) =>
      network.securityGroups.flatMap(({ name, ingress, egress }) => [...ingress, ...egress].map(({ because }): Measured => [`a rule of ${name}`, because])),
  },
];

/** Source: EC2 user guide, "Amazon VPC quotas": rules of a security group, each way. */
const MOST_RULES = 60;

/** Everything that renders larger than its store allows; empty when all fits. */
export function oversize(topology: Topology): Oversize[] {
  const stored = STORES.flatMap(({ limit, source, rendered }) =>
    rendered(topology).map(([what, text]) => ({ what, size: new TextEncoder().encode(text).length, limit, source })),
  );
  const rules = topology.network.securityGroups.flatMap(({ name, ingress, egress }) => [
    { what: `inbound rules of ${name}`, size: ingress.length, limit: MOST_RULES, source: "VPC: rules of a security group" },
    { what: `outbound rules of ${name}`, size: egress.length, limit: MOST_RULES, source: "VPC: rules of a security group" },
  ]);
  const managed = rolesOf(topology).map(({ name, policy }) => ({
    what: `managed policies of ${name}`,
    size: policyParts(policy).managed.length,
    limit: MOST_MANAGED,
    source: "IAM: managed policies of a role",
  }));
  return [...stored, ...rules, ...managed].filter(({ size, limit }) => size > limit);
}

/** The topology of a stage; throws `InvalidSettings` with everything that its settings make larger than AWS takes. */
export function topologyThatFits(stage: string, settings: StageSettings): Topology {
  const topology = topologyOf(stage, settings);
  const problems = oversize(topology).map(({ what, size, limit, source }) => ({
    path: `stages.${stage}: ${what}`,
    problem: `would be ${size}`,
    allowed: `${limit} at most (${source})`,
  }));
  if (problems.length > 0) throw new InvalidSettings(problems);
  return topology;
}
