import { z } from "zod";
import { envelope, trigger } from "./trigger.ts";

/** Every five minutes: what is due of snapshots. Started by a schedule, so it has no pattern of its own. */
export const keepSnapshots = trigger({
  id: "keep-snapshots",
  words: "Looks after snapshots: makes those that are due, deletes what nothing keeps",
  target: "keep-snapshots",
  topologies: ["single"],
  pattern: () => ({}),
  schema: envelope("aws.events", ["Scheduled Event"], z.object({})),
  hint: () => ({ kind: "keeping" }),
});
