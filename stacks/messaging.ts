import type { TopicId, TopicSpec } from "@steward/core/topology/control-spec";
import type { Topology } from "@steward/core/topology/topology";
import { byId } from "./by-id.ts";
import type { Keys } from "./keys.ts";
import { optionsOf } from "./options.ts";

export interface Messaging {
  topicArn: (id: TopicId) => $util.Output<string>;
  deadLetterArn: $util.Output<string>;
  /** What to wait for before anything is left in the queue. */
  deadLetterPolicy: $util.Resource;
  busName: $util.Output<string>;
}

/** The stage's bus, the topics that tell people, and the queue for what nobody could handle. */
export function deployMessaging({ bus, topics, deadLetter }: Topology, keys: Keys): Messaging {
  const topicArn = byId(topics, (spec) => deployTopic(spec, keys));
  const busName = new sst.aws.Bus("Bus", {
    transform: {
      bus: (args, options) => {
        args.name = bus;
        Object.assign(options, optionsOf("messaging"));
      },
    },
  }).name;
  const queue = new sst.aws.Queue("DeadLetter", {
    transform: {
      queue: (args, options) => {
        args.name = deadLetter.name;
        args.messageRetentionSeconds = deadLetter.retentionDays * 86_400;
        args.sqsManagedSseEnabled = true;
        Object.assign(options, optionsOf("messaging"));
      },
    },
  });
  const policy = { queueUrl: queue.url, policy: JSON.stringify(deadLetter.policy) };
  const deadLetterPolicy = new aws.sqs.QueuePolicy("DeadLetterPolicy", policy, optionsOf("messaging"));
  return { topicArn, deadLetterArn: queue.arn, deadLetterPolicy, busName };
}

/** E-mail counts once its reader has confirmed it. An https endpoint often carries a token in its path: it is kept as a secret in the state. */
function deployTopic({ id, name, key, policy, subscriptions }: TopicSpec, keys: Keys): $util.Output<string> {
  const topic = new sst.aws.SnsTopic(`Topic${id[0]?.toUpperCase()}${id.slice(1)}`, {
    transform: {
      topic: (args, options) => {
        args.name = name;
        args.kmsMasterKeyId = keys.arn(key);
        Object.assign(options, optionsOf("messaging"));
      },
    },
  });
  new aws.sns.TopicPolicy(`TopicPolicy-${id}`, { arn: topic.arn, policy: JSON.stringify(policy) }, optionsOf("messaging"));
  for (const [index, { protocol, endpoint }] of subscriptions.entries()) {
    const settings = { topic: topic.arn, protocol, endpoint: protocol === "https" ? $util.secret(endpoint) : endpoint };
    new aws.sns.TopicSubscription(`Subscription-${id}-${index + 1}`, settings, optionsOf("messaging"));
  }
  return topic.arn;
}
