import { z } from "zod";
import { envelope, trigger } from "./trigger.ts";

/** Every five minutes: whatever the events missed. Started by a schedule, so it has no pattern of its own. */
export const sweep = trigger({
  id: "sweep",
  pattern: () => ({}),
  schema: envelope("aws.events", ["Scheduled Event"], z.object({})),
  hint: () => ({ kind: "sweep" }),
});
