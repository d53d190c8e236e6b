import * as module from "@aws-sdk/client-sns";
import { ACCOUNT_ID, type Account } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { admitService, defaultPolicy, defaultPolicyText, publishRight, readTopicPolicy, useTopicKey } from "./admission.ts";
import { publish } from "./publish.ts";
import { type Delivered, findTopic, invalid, listed, type Subscription, type Topic, topicArn } from "./state.ts";
import { subscriptionOperations } from "./subscription-operations.ts";

/** SNS of the account: standard topics, their subscriptions, and what each subscriber got. */
export interface Sns {
  topics: Map<string, Topic>;
  subscriptions: (topicArn: string) => Subscription[];
  /** Confirms a pending subscription, as the person behind the endpoint would by its link. */
  confirm: (topicArn: string, endpoint: string) => void;
  /** Everything that reached an endpoint of a topic, oldest first. */
  delivered: (topicArn: string, endpoint: string) => Delivered[];
}

/** Adds SNS; services of the account publish through `links.publish`. */
export function addSns(account: Account): Sns {
  const topics = new Map<string, Topic>();
  const operations: Operations<typeof module> = { ...topicOperations(account, topics), ...subscriptionOperations(topics) };
  account.add({ id: "sns", iamPrefix: "sns", module, protocol: "query", namespace: "http://sns.amazonaws.com/doc/2010-03-31/", operations });
  account.links.publish = (arn, { subject, body }, source) => {
    const topic = findTopic(topics, arn);
    admitService(account, topic, source);
    publish(account, topic, { Message: body, ...(subject !== undefined && { Subject: subject }) });
  };
  return handle(topics);
}

function handle(topics: Map<string, Topic>): Sns {
  const subscriptions = (arn: string) => findTopic(topics, arn).subscriptions;
  const at = (arn: string, endpoint: string): Subscription => {
    const found = subscriptions(arn).find((subscription) => subscription.endpoint === endpoint);
    if (!found) throw new AwsError("NotFound", `no subscription of ${arn} has the endpoint ${endpoint}`, 404);
    return found;
  };
  return {
    topics,
    subscriptions,
    confirm: (arn, endpoint) => {
      at(arn, endpoint).confirmed = true;
    },
    delivered: (arn, endpoint) => at(arn, endpoint).delivered,
  };
}

function topicOperations(account: Account, topics: Map<string, Topic>): Operations<typeof module> {
  return {
    CreateTopic: {
      rights: ({ Name = "", Tags }) => toCreateTagged({ create: "sns:CreateTopic", tag: "sns:TagResource", resources: [topicArn(Name)], tags: Tags }),
      run: (input) => ({ TopicArn: createTopic(topics, input).arn }),
    },
    ListTopics: {
      run: ({ NextToken }) => {
        const { items, next } = listed([...topics.values()], NextToken);
        return { Topics: items.map(({ arn }) => ({ TopicArn: arn })), ...(next && { NextToken: next }) };
      },
    },
    GetTopicAttributes: {
      rights: ({ TopicArn = "" }) => [{ action: "sns:GetTopicAttributes", resources: [TopicArn] }],
      run: ({ TopicArn }) => ({ Attributes: attributesOf(findTopic(topics, TopicArn)) }),
    },
    SetTopicAttributes: {
      rights: ({ TopicArn = "" }) => [{ action: "sns:SetTopicAttributes", resources: [TopicArn] }],
      run: ({ TopicArn, AttributeName = "", AttributeValue = "" }) => {
        setAttributes(findTopic(topics, TopicArn), { [AttributeName]: AttributeValue });
        return {};
      },
    },
    Publish: {
      rights: ({ TopicArn, TargetArn, PhoneNumber }) => {
        const target = TopicArn ?? TargetArn ?? PhoneNumber ?? "";
        return [publishRight(target, topics.get(target))];
      },
      run: (input, { principal }) => {
        const topic = findTopic(topics, input.TopicArn ?? input.TargetArn);
        useTopicKey(account, topic, { by: principal });
        return { MessageId: publish(account, topic, input) };
      },
    },
  };
}

/** Creating a topic that exists returns it, unless an attribute differs (API reference, CreateTopic). */
function createTopic(topics: Map<string, Topic>, { Name = "", Attributes = {} }: module.CreateTopicInput): Topic {
  if (Name.endsWith(".fifo")) throw new AwsError("UnknownOperationException", "the simulated account does not model FIFO topics", 501);
  if (!/^[\w-]{1,256}$/.test(Name)) throw invalid("Topic Name");
  const existing = topics.get(topicArn(Name));
  if (existing && Object.entries(Attributes).some(([name, value]) => existing.attributes[name] !== value))
    throw invalid("Attributes Reason: Topic already exists with different attributes");
  if (existing) return existing;
  const arn = topicArn(Name);
  const topic = { name: Name, arn, attributes: { Policy: defaultPolicyText(arn) }, policy: defaultPolicy(arn), subscriptions: [] };
  setAttributes(topic, Attributes);
  topics.set(arn, topic);
  return topic;
}

const SETTABLE = ["DeliveryPolicy", "DisplayName", "KmsMasterKeyId", "Policy", "SignatureVersion", "TracingConfig"];

function setAttributes(topic: Topic, attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!SETTABLE.includes(name)) throw invalid("AttributeName");
    if (name === "Policy") topic.policy = readTopicPolicy(value);
    topic.attributes[name] = value;
  }
}

const attributesOf = ({ arn, attributes, subscriptions }: Topic): Record<string, string> => ({
  ...attributes,
  TopicArn: arn,
  Owner: ACCOUNT_ID,
  SubscriptionsConfirmed: String(subscriptions.filter(({ confirmed }) => confirmed).length),
  SubscriptionsPending: String(subscriptions.filter(({ confirmed }) => !confirmed).length),
  SubscriptionsDeleted: "0",
});
