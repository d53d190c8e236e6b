import { z } from "zod";
import { TOPOLOGIES } from "../topology/topology.ts";
import { envelope, trigger } from "./trigger.ts";

const AlarmState = z.object({ value: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]), reason: z.string().optional(), timestamp: z.string() });

/**
 * A CloudWatch alarm of this stage rings, or rings no more. That it has data now or has none any longer is for the sweep: at a deploy
 * every alarm says so at once, and as many looks at the same moment would only throttle each other.
 */
export const alarmChanged = trigger({
  id: "alarm-changed",
  words: "A CloudWatch alarm of this stage rings, or rings no more",
  target: "observe",
  topologies: TOPOLOGIES,
  pattern: (names) => ({
    source: ["aws.cloudwatch"],
    "detail-type": ["CloudWatch Alarm State Change"],
    detail: { alarmName: [{ prefix: names.alarm("") }], $or: [{ state: { value: ["ALARM"] } }, { previousState: { value: ["ALARM"] } }] },
  }),
  schema: envelope(
    "aws.cloudwatch",
    ["CloudWatch Alarm State Change"],
    z.object({ alarmName: z.string(), state: AlarmState, previousState: AlarmState.optional() }),
  ),
  hint: (event) => ({ kind: "alarm", alarm: event.detail.alarmName }),
});
