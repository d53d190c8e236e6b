import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { calling } from "./failures.ts";

export interface Topic {
  /** The subject is made to fit what SNS takes; the body goes as it is. */
  publish(subject: string, body: string): Promise<void>;
}

/** Messages for people. */
export const createTopic = (client: SNSClient, topicArn: string): Topic => ({
  async publish(subject, body) {
    await calling("publish", () => client.send(new PublishCommand({ TopicArn: topicArn, Subject: fit(subject), Message: body })));
  },
});

/** Printable ASCII, no line breaks, at most 100 characters. Source: SNS API reference, Publish, Subject. */
function fit(subject: string): string {
  const printable = subject
    .replace(/\s+/g, " ")
    .replace(/[^ -~]/g, "?")
    .trim();
  return printable.length > 100 ? `${printable.slice(0, 97)}...` : printable;
}
