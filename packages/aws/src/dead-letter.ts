import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Place } from "@steward/core/topology/topology";
import { calling } from "./failures.ts";

export interface DeadLetter {
  /** Keeps what could not be handled, with the reason, for a human to look at. */
  keep(letter: { because: string; event: unknown }): Promise<void>;
}

export const createDeadLetter = (client: SQSClient, queueUrl: string): DeadLetter => ({
  async keep(letter) {
    await calling("keep a dead letter", () => client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(letter) })));
  },
});

/** A queue's address follows from its name: no call needed. Source: SQS developer guide, queue URLs. */
export const queueUrl = (name: string, { account, region }: Place): string => `https://sqs.${region}.amazonaws.com/${account}/${name}`;
