import { z } from "zod";
import { TOPOLOGIES } from "../topology/topology.ts";
import { envelope, trigger } from "./trigger.ts";

/** Every five minutes: what is due of snapshots, where there are any, and of images. Started by a schedule, so it has no pattern of its own. */
export const keepSnapshots = trigger({
  id: "keep-snapshots",
  words: "Looks after snapshots and images: makes the snapshots that are due, deletes what nothing keeps",
  target: "keep-snapshots",
  topologies: TOPOLOGIES,
  pattern: () => ({}),
  schema: envelope("aws.events", ["Scheduled Event"], z.object({})),
  hint: () => ({ kind: "keeping" }),
});
