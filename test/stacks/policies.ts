import { fillAll } from "@steward/core/topology/placeholders";
import type { Topology } from "@steward/core/topology/topology";
import { inputsOf, keyArns } from "./examples.ts";
import type { Graph } from "./graph/graph.ts";

/** Policy documents by what they are on. */
export type Policies = Record<string, unknown>;

const parsed = (json: unknown): unknown => JSON.parse(String(json));
const tail = (arn: unknown, separator: string): string => String(arn).split(separator).at(-1) ?? "";

/** Every policy that a topology says, its placeholders filled with what the graph's account gives. */
export function policiesMeant(topology: Topology): Policies {
  const { keys, buckets, topics, deadLetter, nodeRole, image, functions } = topology;
  const roles = [nodeRole, image.builder.role, ...functions.map(({ role }) => role)];
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

/** Every policy of a graph; a role with more than one inline policy, or one of AWS's, is shown as such. */
export function policiesOf(graph: Graph): Policies {
  const list = (type: string, entry: (inputs: Record<string, unknown>) => [string, unknown]) => Object.fromEntries(inputsOf(graph, type).map(entry));
  return {
    ...list("aws:iam/role:Role", ({ name, inlinePolicies, managedPolicyArns }) => [`role ${name}`, ofRole(inlinePolicies, managedPolicyArns)]),
    ...list("aws:kms/key:Key", ({ description, policy }) => [`key ${description}`, parsed(policy)]),
    ...list("aws:s3/bucketPolicy:BucketPolicy", ({ bucket, policy }) => [`bucket ${bucket}`, parsed(policy)]),
    ...list("aws:sns/topicPolicy:TopicPolicy", ({ arn, policy }) => [`topic ${tail(arn, ":")}`, parsed(policy)]),
    ...list("aws:sqs/queuePolicy:QueuePolicy", ({ queueUrl, policy }) => [`queue ${tail(queueUrl, "/")}`, parsed(policy)]),
  };
}

function ofRole(inline: unknown, managed: unknown): unknown {
  const own = inline as { policy: string }[];
  if (own.length === 1 && Array.isArray(managed) && managed.length === 0) return parsed(own[0]?.policy);
  return { inline: own, managed };
}
