import type { StageSettings } from "../settings/schema.ts";
import { EVENT_TRIGGERS, SCHEDULED_TRIGGERS } from "../triggers/registry.ts";
import { scheduledEvent } from "../triggers/sweep.ts";
import { arns } from "./arns.ts";
import type { DeliverySpec, FunctionId, QueueSpec, RuleSpec, ScheduleSpec, TopicId, TopicSpec } from "./control-spec.ts";
import { names } from "./names.ts";
import { deadLetterPolicy, topicPolicy } from "./resource-policies.ts";

/** An hour: after that the schedules have looked a dozen times. */
const deliveredTo = (target: FunctionId, deadLetter: string): DeliverySpec => ({ target, deadLetter, retries: 16, maxAgeSeconds: 3_600 });

/** Every rule of a stage: AWS's events to whoever looks, our own to `alert`. */
export function rules(settings: StageSettings, stage: string): RuleSpec[] {
  const n = names(stage);
  const ways = EVENT_TRIGGERS.filter(({ topologies }) => topologies.includes(settings.topology));
  return [
    ...ways.map(
      (way): RuleSpec => ({
        name: n.rule(way.id),
        description: way.words,
        bus: "default",
        pattern: way.pattern(n, settings, stage),
        ...deliveredTo(way.target, n.deadLetter),
      }),
    ),
    {
      name: n.rule("incident"),
      description: "What Steward says of an incident, on its way to people",
      bus: n.bus,
      pattern: { source: ["steward"], "detail-type": [{ prefix: "Incident " }] },
      target: "alert",
      deadLetter: n.deadLetter,
      retries: 185,
      maxAgeSeconds: 86_400,
    },
  ];
}

/** What is done over and over, whatever the events say; each is started once by the deploy itself. */
export function schedules({ topology, account, region }: StageSettings, stage: string): ScheduleSpec[] {
  const n = names(stage);
  return SCHEDULED_TRIGGERS.filter(({ topologies }) => topologies.includes(topology)).map(
    ({ id, words, target }): ScheduleSpec => ({
      name: n.rule(id),
      description: words,
      everyMinutes: 5,
      input: null,
      atDeploy: scheduledEvent(n.rule(id), { account, region }),
      ...deliveredTo(target, n.deadLetter),
    }),
  );
}

const TOPICS: Record<TopicId, string> = {
  people: "Readable messages, by e-mail",
  pager: "Machine-readable messages, for paging services",
  chat: "Messages for chat, through AWS's chat integration",
};

/** One topic for each audience: a topic has one body for all who listen. */
export function topics({ alerts, account, region }: StageSettings, stage: string): TopicSpec[] {
  const [n, a] = [names(stage), arns(stage, { account, region })];
  const heard: Record<TopicId, TopicSpec["subscriptions"]> = {
    people: alerts.people.map((endpoint) => ({ protocol: "email", endpoint })),
    pager: alerts.pager.map((endpoint) => ({ protocol: "https", endpoint })),
    chat: [],
  };
  return (["people", "pager", "chat"] as const).map((id) => ({
    id,
    name: n.topic(id),
    purpose: TOPICS[id],
    key: "messages",
    policy: topicPolicy(a.topic(id), { account, region }, a),
    subscriptions: heard[id],
  }));
}

export const deadLetterQueue = (settings: StageSettings, stage: string): QueueSpec => ({
  name: names(stage).deadLetter,
  retentionDays: 14,
  policy: deadLetterPolicy(arns(stage, settings)),
});
