import type { MessageAttributeValue, PublishInput } from "@aws-sdk/client-sns";
import { type Account, REGION } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { between } from "../../world/chance.ts";
import { matches } from "../events/pattern.ts";
import { invalid, type Subscription, type Topic } from "./state.ts";

/** A published message on its way to the subscribers. */
interface Notification {
  messageId: string;
  subject?: string;
  /** By protocol; `default` for those that have no text of their own. */
  texts: Record<string, string>;
  attributes: Record<string, MessageAttributeValue>;
}

/** "256 KiB (262,144 bytes) by default", body and attributes together (API reference, Publish). */
const MAX_BYTES = 262_144;
/** SNS delivers in well under a second inside a region; mail takes longer, which nobody here waits for. */
const LATENCY_MS = [30, 300] as const;

/** Publishes to a topic: refuses what SNS refuses, then delivers to every confirmed subscription whose filter lets it through. */
export function publish(account: Account, topic: Topic, input: PublishInput): string {
  const { Message = "", Subject, MessageAttributes = {} } = input;
  if (Message === "") throw invalid("Empty message");
  if (Subject !== undefined) checkSubject(Subject);
  if (size(Message, MessageAttributes) > MAX_BYTES) throw invalid("Message too long");
  const texts = input.MessageStructure === "json" ? parseTexts(Message) : { default: Message };
  const notification: Notification = {
    messageId: crypto.randomUUID(),
    texts,
    attributes: MessageAttributes,
    ...(Subject !== undefined && { subject: Subject }),
  };
  for (const subscription of topic.subscriptions) {
    if (subscription.confirmed && passes(subscription, notification))
      setTimeout(() => deliver(account, topic, subscription, notification), between(...LATENCY_MS));
  }
  return notification.messageId;
}

/** "ASCII text that begins with a letter, number, or punctuation mark; must not include line breaks or control characters; less than 100 characters long". */
function checkSubject(subject: string): void {
  if (!/^[\x21-\x7e][\x20-\x7e]{0,99}$/.test(subject)) throw invalid("Subject");
}

const size = (message: string, attributes: Record<string, MessageAttributeValue>): number =>
  Object.entries(attributes).reduce(
    (sum, [name, { DataType = "", StringValue = "" }]) => sum + Buffer.byteLength(name + DataType + StringValue),
    Buffer.byteLength(message),
  );

function parseTexts(message: string): Record<string, string> {
  const texts = json(message);
  if (typeof texts !== "object" || texts === null || Array.isArray(texts)) throw invalid("Message Structure - JSON message body failed to parse");
  const entries = Object.entries(texts).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  if (!entries.some(([protocol]) => protocol === "default")) throw invalid("Message Structure - No default entry in JSON message body");
  return Object.fromEntries(entries);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const textFor = ({ protocol }: Subscription, { texts }: Notification): string => texts[protocol] ?? texts.default ?? "";

/** Filters look at message attributes, or at the body where the subscription says so (developer guide, "Message filtering"). */
function passes(subscription: Subscription, notification: Notification): boolean {
  if (!subscription.filter) return true;
  const byBody = subscription.attributes.FilterPolicyScope === "MessageBody";
  const subject = byBody
    ? json(textFor(subscription, notification))
    : Object.fromEntries(Object.entries(notification.attributes).map(([name, value]) => [name, attributeValue(value)]));
  return matches(subscription.filter, subject);
}

function attributeValue({ DataType = "String", StringValue = "" }: MessageAttributeValue): unknown {
  if (DataType.startsWith("Number")) return Number(StringValue);
  return DataType === "String.Array" ? json(StringValue) : StringValue;
}

function deliver(account: Account, topic: Topic, subscription: Subscription, notification: Notification): void {
  const message = textFor(subscription, notification);
  const attributes = Object.fromEntries(Object.entries(notification.attributes).map(([name, { StringValue = "" }]) => [name, StringValue]));
  subscription.delivered.push({
    at: new Date(),
    messageId: notification.messageId,
    message,
    attributes,
    ...(notification.subject !== undefined && { subject: notification.subject }),
  });
  try {
    pass(account, subscription, { message, attributes, envelope: envelope(topic, notification, message) });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error; // an endpoint that is gone: SNS discards the message where no dead-letter queue is set
  }
}

function pass(
  account: Account,
  { protocol, endpoint, arn, topicArn, attributes: settings }: Subscription,
  sent: { message: string; attributes: Record<string, string>; envelope: Record<string, unknown> },
): void {
  if (protocol === "lambda")
    account.links.invokeAsync(
      endpoint,
      { Records: [{ EventSource: "aws:sns", EventVersion: "1.0", EventSubscriptionArn: arn, Sns: sent.envelope }] },
      { principal: "sns.amazonaws.com", arn: topicArn },
    );
  if (protocol !== "sqs") return;
  const raw = settings.RawMessageDelivery === "true";
  const source = { principal: "sns.amazonaws.com", arn: topicArn };
  account.links.enqueue(endpoint, raw ? sent.message : sent.envelope, raw ? sent.attributes : {}, source);
}

/** The JSON around a message. Source: SNS developer guide, "HTTP/HTTPS notification JSON format"; the signature is not modelled. */
function envelope(topic: Topic, { messageId, subject, attributes }: Notification, message: string): Record<string, unknown> {
  const shown = Object.entries(attributes).map(([name, { DataType, StringValue }]) => [name, { Type: DataType, Value: StringValue }]);
  return {
    Type: "Notification",
    MessageId: messageId,
    TopicArn: topic.arn,
    ...(subject !== undefined && { Subject: subject }),
    Message: message,
    Timestamp: new Date().toISOString(),
    SignatureVersion: "1",
    Signature: "EXAMPLE",
    SigningCertURL: `https://sns.${REGION}.amazonaws.com/SimpleNotificationService-0000000000000000000000.pem`,
    ...(shown.length > 0 && { MessageAttributes: Object.fromEntries(shown) }),
  };
}
