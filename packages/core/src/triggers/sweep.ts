import { z } from "zod";
import { type Place, TOPOLOGIES } from "../topology/topology.ts";
import { envelope, trigger } from "./trigger.ts";

/** Every five minutes: whatever the events missed. Started by a schedule, so it has no pattern of its own. */
export const sweep = trigger({
  id: "sweep",
  words: "Looks at everything: whatever the events missed",
  target: "observe",
  topologies: TOPOLOGIES,
  pattern: () => ({}),
  schema: envelope("aws.events", ["Scheduled Event"], z.object({})),
  hint: () => ({ kind: "sweep" }),
});

/** What EventBridge sends of a schedule, for whoever starts one by hand. Time is the one of AWS's own sample: nobody reads it. Source: EventBridge user guide, "Schedule types". */
export const scheduledEvent = (rule: string, { account, region }: Place) => ({
  version: "0",
  id: "00000000-0000-0000-0000-000000000000",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account,
  time: "1970-01-01T00:00:00Z",
  region,
  resources: [`arn:aws:events:${region}:${account}:rule/${rule}`],
  detail: {},
});
