import { z } from "zod";
import { TOPOLOGIES } from "../topology/topology.ts";
import { envelope, trigger } from "./trigger.ts";

/**
 * Type codes begin with the service and what they are about; dedicated hosts, volumes and whole regions have codes of their own.
 * Sources: AWS Health user guide, "Running operations on EC2 instances automatically in response to events in AWS Health"; AWS Health
 * API reference, "EventFilter".
 */
const ABOUT_INSTANCES = ["AWS_EC2_INSTANCE_", "AWS_EC2_PERSISTENT_INSTANCE_", "AWS_EC2_SYSTEM_"];
const ABOUT_DATABASES = ["AWS_RDS_"];

const Detail = z.object({
  service: z.enum(["EC2", "RDS"]),
  eventTypeCode: z.string(),
  eventTypeCategory: z.enum(["issue", "scheduledChange"]),
  eventScopeCode: z.literal("ACCOUNT_SPECIFIC"),
  affectedEntities: z.array(z.object({ entityValue: z.string() })).optional(),
});

/** AWS writes one and the same instance as an ARN or as a bare id, from event to event. */
const bare = (entity: string): string => entity.slice(Math.max(entity.lastIndexOf("/"), entity.lastIndexOf(":")) + 1);

/**
 * AWS has plans or trouble with instances or databases of this account. A pattern can't know the fleet's, so events about
 * strangers come too, and are no mistake. `resources` and `affectedEntities` may both be missing, and one of another region may
 * be delivered as its backup. Source: AWS Health user guide, "Reference: AWS Health events Amazon EventBridge schema".
 */
export const healthEvent = trigger({
  id: "health-event",
  words: "AWS has plans or trouble with an instance or a database of this account",
  target: "observe",
  topologies: TOPOLOGIES,
  pattern: (_names, { topology, region, account }) => ({
    source: ["aws.health"],
    "detail-type": ["AWS Health Event"],
    detail: {
      service: topology === "ha" ? ["EC2", "RDS"] : ["EC2"],
      eventTypeCategory: ["scheduledChange", "issue"],
      eventTypeCode: [...ABOUT_INSTANCES, ...(topology === "ha" ? ABOUT_DATABASES : [])].map((prefix) => ({ prefix })),
      eventScopeCode: ["ACCOUNT_SPECIFIC"],
      eventRegion: [region],
      affectedAccount: [account],
    },
  }),
  schema: envelope("aws.health", ["AWS Health Event"], Detail).extend({ resources: z.array(z.string()).default([]) }),
  hint: ({ resources, detail }) => ({
    kind: "health",
    entities: [...new Set([...resources, ...(detail.affectedEntities ?? []).map(({ entityValue }) => entityValue)].map(bare))],
  }),
});
