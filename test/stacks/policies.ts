import { fillAll } from "@steward/core/topology/placeholders";
import type { PolicyDocument } from "@steward/core/topology/policy";
import type { Topology } from "@steward/core/topology/topology";
import { inputsOf, keyArns } from "./examples.ts";
import type { Graph } from "./graph/graph.ts";

/** Policy documents by what they are on. */
export type Policies = Record<string, unknown>;

const parsed = (json: unknown): unknown => JSON.parse(String(json));
const tail = (arn: unknown, separator: string): string => String(arn).split(separator).at(-1) ?? "";

/** Every policy that a topology says, its placeholders filled with what the graph's account gives. */
export function policiesMeant(topology: Topology): Policies {
  const { keys, buckets, topics, deadLetter, nodeRole, drillRole, image, functions } = topology;
  const roles = [nodeRole, ...(drillRole ? [drillRole] : []), image.builder.role, ...functions.map(({ role }) => role)];
  return fillAll(
    {
      ...Object.fromEntries(roles.map(({ name, policy }) => [`role ${name}`, policy])),
      ...Object.fromEntries(keys.map(({ description, policy }) => [`key ${description}`, policy])),
      ...Object.fromEntries(buckets.map(({ name, policy }) => [`bucket ${name}`, policy])),
      ...Object.fromEntries(topics.map(({ name, policy }) => [`topic ${name}`, policy])),
      [`queue ${deadLetter.name}`]: deadLetter.policy,
    },
    keyArns(topology),
  );
}

/** Every policy of a graph, a role's in one; a role with more than one inline policy, or one of AWS's, is shown as such. */
export function policiesOf(graph: Graph): Policies {
  const list = (type: string, entry: (inputs: Record<string, unknown>) => [string, unknown]) => Object.fromEntries(inputsOf(graph, type).map(entry));
  return {
    ...list("aws:iam/role:Role", ({ name, inlinePolicies, managedPolicyArns }) => [`role ${name}`, ofRole(graph, inlinePolicies, managedPolicyArns)]),
    ...list("aws:kms/key:Key", ({ description, policy }) => [`key ${description}`, parsed(policy)]),
    ...list("aws:s3/bucketPolicy:BucketPolicy", ({ bucket, policy }) => [`bucket ${bucket}`, parsed(policy)]),
    ...list("aws:sns/topicPolicy:TopicPolicy", ({ arn, policy }) => [`topic ${tail(arn, ":")}`, parsed(policy)]),
    ...list("aws:sqs/queuePolicy:QueuePolicy", ({ queueUrl, policy }) => [`queue ${tail(queueUrl, "/")}`, parsed(policy)]),
  };
}

/** What a role carries inline, and in managed policies of the stage. */
function ofRole(graph: Graph, inline: unknown, managed: unknown): unknown {
  const [own, further] = [inline as { policy: string }[], managed as string[]];
  const stages = new Map(inputsOf(graph, "aws:iam/policy:Policy").map(({ name, policy }) => [String(name), policy]));
  const parts = [own[0]?.policy, ...further.map((arn) => stages.get(tail(arn, "/")))];
  if (own.length !== 1 || parts.includes(undefined)) return { inline: own, managed };
  const [first, ...rest] = parts.map((part) => parsed(part) as PolicyDocument);
  return { ...first, Statement: [first, ...rest].flatMap((part) => part?.Statement ?? []) };
}
