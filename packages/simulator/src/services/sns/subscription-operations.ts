import type * as module from "@aws-sdk/client-sns";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { validatePattern } from "../events/pattern.ts";
import { findTopic, invalid, listed, type Subscription, type SubscriptionProtocol, type Topic } from "./state.ts";

/** Endpoints of each protocol that this account models; the last two are confirmed by AWS itself inside one account. */
const ENDPOINTS: Record<SubscriptionProtocol, RegExp> = {
  email: /^\S+@\S+$/,
  "email-json": /^\S+@\S+$/,
  https: /^https:\/\/\S+$/,
  http: /^http:\/\/\S+$/,
  sqs: /^arn:aws[\w-]*:sqs:/,
  lambda: /^arn:aws[\w-]*:lambda:/,
};
const SELF_CONFIRMED = ["sqs", "lambda"];
const isProtocol = (text: string): text is SubscriptionProtocol => text in ENDPOINTS;

/** Subscriptions: subscribe, confirm, list, change. */
export function subscriptionOperations(topics: Map<string, Topic>): Operations<typeof module> {
  const all = () => [...topics.values()].flatMap(({ subscriptions }) => subscriptions);
  return {
    Subscribe: { rights: subscribeRights, run: (input) => subscribe(findTopic(topics, input.TopicArn), input) },
    ListSubscriptions: { run: ({ NextToken }) => listing(all(), NextToken) },
    ListSubscriptionsByTopic: {
      rights: ({ TopicArn = "" }) => [{ action: "sns:ListSubscriptionsByTopic", resources: [TopicArn] }],
      run: ({ TopicArn, NextToken }) => listing(findTopic(topics, TopicArn).subscriptions, NextToken),
    },
    SetSubscriptionAttributes: {
      // The resource is the topic, not the subscription (service authorization reference).
      rights: ({ SubscriptionArn = "" }) => [{ action: "sns:SetSubscriptionAttributes", resources: [SubscriptionArn.split(":").slice(0, 6).join(":")] }],
      run: ({ SubscriptionArn, AttributeName = "", AttributeValue = "" }) => {
        setAttribute(findSubscription(all(), SubscriptionArn), AttributeName, AttributeValue);
        return {};
      },
    },
  };
}

function subscribeRights({ TopicArn = "", Protocol = "", Endpoint = "" }: module.SubscribeInput): Right[] {
  return [{ action: "sns:Subscribe", resources: [TopicArn], context: { "sns:Protocol": Protocol, "sns:Endpoint": Endpoint } }];
}

/** A subscription that somebody has to confirm has no ARN of its own until then. */
function subscribe(
  topic: Topic,
  { Protocol = "", Endpoint = "", Attributes = {}, ReturnSubscriptionArn = false }: module.SubscribeInput,
): module.SubscribeResponse {
  if (["sms", "application", "firehose"].includes(Protocol)) throw notModelled(Protocol);
  if (!isProtocol(Protocol)) throw invalid(`Amazon SNS does not support this protocol string: ${Protocol}`);
  if (!ENDPOINTS[Protocol].test(Endpoint)) throw invalid(`Endpoint Reason: ${Protocol} endpoint is not valid`);
  const existing = topic.subscriptions.find((subscription) => subscription.protocol === Protocol && subscription.endpoint === Endpoint);
  const subscription = existing ?? add(topic, Protocol, Endpoint);
  for (const [name, value] of Object.entries(Attributes)) setAttribute(subscription, name, value);
  return { SubscriptionArn: subscription.confirmed || ReturnSubscriptionArn ? subscription.arn : "pending confirmation" };
}

const notModelled = (protocol: string) => new AwsError("UnknownOperationException", `the simulated account does not model subscriptions by ${protocol}`, 501);

function add(topic: Topic, protocol: SubscriptionProtocol, endpoint: string): Subscription {
  const subscription: Subscription = {
    arn: `${topic.arn}:${crypto.randomUUID()}`,
    topicArn: topic.arn,
    protocol,
    endpoint,
    owner: ACCOUNT_ID,
    confirmed: SELF_CONFIRMED.includes(protocol),
    attributes: {},
    delivered: [],
  };
  topic.subscriptions.push(subscription);
  return subscription;
}

function findSubscription(all: Subscription[], arn: string | undefined): Subscription {
  const found = all.find((subscription) => subscription.arn === arn);
  if (!found) throw new AwsError("NotFound", "Subscription does not exist", 404);
  return found;
}

const SETTABLE = ["FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "DeliveryPolicy"];

function setAttribute(subscription: Subscription, name: string, value: string): void {
  if (name === "RedrivePolicy") throw new AwsError("UnknownOperationException", "the simulated account does not model RedrivePolicy of a subscription", 501);
  if (!SETTABLE.includes(name)) throw invalid("AttributeName");
  if (name === "FilterPolicy") setFilter(subscription, value);
  subscription.attributes[name] = value;
}

/** An empty object removes the filter. */
function setFilter(subscription: Subscription, text: string): void {
  const parsed = parse(text);
  const empty = text === "" || text === "{}";
  if (parsed === undefined && !empty) throw invalid("FilterPolicy: failed to parse JSON.");
  const fault = empty ? undefined : validatePattern(parsed);
  if (fault) throw invalid(`FilterPolicy: ${fault}`);
  subscription.filter = empty ? undefined : (parsed as Record<string, unknown>);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function listing(all: Subscription[], token: string | undefined): module.ListSubscriptionsResponse {
  const { items, next } = listed(all, token);
  const Subscriptions = items.map(({ arn, topicArn, protocol, endpoint, owner, confirmed }) => ({
    SubscriptionArn: confirmed ? arn : "PendingConfirmation",
    TopicArn: topicArn,
    Protocol: protocol,
    Endpoint: endpoint,
    Owner: owner,
  }));
  return { Subscriptions, ...(next && { NextToken: next }) };
}
