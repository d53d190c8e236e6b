import type { ResourcePolicy } from "@steward/core/topology/policy";
import { arn } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { page } from "../events/page.ts";
import type { Pattern } from "../events/pattern.ts";

export type SubscriptionProtocol = "email" | "email-json" | "https" | "http" | "sqs" | "lambda";

/** What a subscriber got, in the words of its protocol. */
export interface Delivered {
  at: Date;
  messageId: string;
  subject?: string;
  message: string;
  attributes: Record<string, string>;
}

export interface Subscription {
  arn: string;
  topicArn: string;
  protocol: SubscriptionProtocol;
  endpoint: string;
  owner: string;
  confirmed: boolean;
  attributes: Record<string, string>;
  filter?: Pattern;
  delivered: Delivered[];
}

export interface Topic {
  name: string;
  arn: string;
  attributes: Record<string, string>;
  policy: ResourcePolicy;
  subscriptions: Subscription[];
}

export const topicArn = (name: string): string => arn("sns", name);

/** SNS answers query codes: `InvalidParameter`, not the SDK's class name. */
export const invalid = (what: string) => new AwsError("InvalidParameter", `Invalid parameter: ${what}`);

/** The topic, or AWS's error: malformed ARNs and unknown topics differ. */
export function findTopic(topics: Map<string, Topic>, given: string | undefined): Topic {
  if (!/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/.test(given ?? "")) throw invalid("TopicArn");
  const topic = topics.get(given ?? "");
  if (!topic) throw new AwsError("NotFound", "Topic does not exist", 404);
  return topic;
}

/** Listings of SNS hold 100 items a page (API reference). */
export const listed = <Item>(items: Item[], token: string | undefined) => page(items, { token, limit: 100, wrongToken: () => invalid("NextToken") });
