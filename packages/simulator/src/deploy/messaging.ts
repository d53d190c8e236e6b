import type { Topology } from "@steward/core/topology/topology";
import type { Sns } from "../services/sns/sns.ts";
import type { Api } from "./api.ts";
import { given } from "./wait.ts";

export interface Messaging {
  busArn: string;
  topicArn: string;
  subscriptionArn: string;
  queueUrl: string;
  queueArn: string;
}

/** The bus, the topic that people read, and the queue for what nobody could handle. */
export async function deployMessaging(api: Api, sns: Sns, topology: Topology, email: string): Promise<Messaging> {
  const { EventBusArn } = await api("events", "CreateEventBus", { Name: topology.bus });
  const topic = await deployTopic(api, sns, topology.topics.people, email);
  const queue = await deployQueue(api, topology.deadLetter);
  return { busArn: given(EventBusArn, "the bus's ARN"), ...topic, ...queue };
}

/** An e-mail subscription counts only once its owner has followed the link in the confirmation mail. */
async function deployTopic(api: Api, sns: Sns, name: string, email: string): Promise<{ topicArn: string; subscriptionArn: string }> {
  const topicArn = given((await api("sns", "CreateTopic", { Name: name })).TopicArn, "the topic's ARN");
  const { SubscriptionArn } = await api("sns", "Subscribe", { TopicArn: topicArn, Protocol: "email", Endpoint: email, ReturnSubscriptionArn: true });
  const subscriptionArn = given(SubscriptionArn, "the subscription's ARN");
  sns.confirm(topicArn, email);
  return { topicArn, subscriptionArn };
}

async function deployQueue(api: Api, name: string): Promise<{ queueUrl: string; queueArn: string }> {
  const queueUrl = given((await api("sqs", "CreateQueue", { QueueName: name })).QueueUrl, "the queue's URL");
  const { Attributes } = await api("sqs", "GetQueueAttributes", { QueueUrl: queueUrl, AttributeNames: ["QueueArn"] });
  return { queueUrl, queueArn: given(Attributes?.QueueArn, "the queue's ARN") };
}
