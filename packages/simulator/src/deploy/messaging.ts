import type { QueueSpec, TopicId, TopicSpec } from "@steward/core/topology/control-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { Sns } from "../services/sns/sns.ts";
import type { Api } from "./api.ts";
import { type Named, nameOf } from "./named.ts";
import { given } from "./wait.ts";

export interface Messaging {
  busArn: string;
  topicArns: Record<TopicId, string>;
  queueUrl: string;
  queueArn: string;
}

/** The bus, a topic for each audience, and the queue for what nobody could handle. */
export async function deployMessaging(api: Api, sns: Sns, topology: Topology, named: Named): Promise<Messaging> {
  const { EventBusArn } = await api("events", "CreateEventBus", { Name: topology.bus });
  const topicArns: Partial<Record<TopicId, string>> = {};
  for (const topic of topology.topics) topicArns[topic.id] = await deployTopic(api, sns, topic, named);
  return { busArn: given(EventBusArn, "the bus's ARN"), topicArns: topicArns as Record<TopicId, string>, ...(await deployQueue(api, topology.deadLetter)) };
}

/** A subscription counts only once its owner has followed the link in the confirmation: here everybody does. */
async function deployTopic(api: Api, sns: Sns, { name, key, policy, subscriptions }: TopicSpec, named: Named): Promise<string> {
  const Attributes = { KmsMasterKeyId: nameOf(named, `key:${key}`), Policy: JSON.stringify(policy) };
  const arn = given((await api("sns", "CreateTopic", { Name: name, Attributes })).TopicArn, "the topic's ARN");
  for (const { protocol, endpoint } of subscriptions) {
    await api("sns", "Subscribe", { TopicArn: arn, Protocol: protocol, Endpoint: endpoint, ReturnSubscriptionArn: true });
    sns.confirm(arn, endpoint);
  }
  return arn;
}

async function deployQueue(api: Api, { name, policy, retentionDays }: QueueSpec): Promise<{ queueUrl: string; queueArn: string }> {
  const settings = { Policy: JSON.stringify(policy), SqsManagedSseEnabled: "true", MessageRetentionPeriod: String(retentionDays * 86_400) };
  const queueUrl = given((await api("sqs", "CreateQueue", { QueueName: name, Attributes: settings })).QueueUrl, "the queue's URL");
  const { Attributes } = await api("sqs", "GetQueueAttributes", { QueueUrl: queueUrl, AttributeNames: ["QueueArn"] });
  return { queueUrl, queueArn: given(Attributes?.QueueArn, "the queue's ARN") };
}
