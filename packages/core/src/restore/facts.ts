import { z } from "zod";
import { InstanceId } from "../fleet/instance-id.ts";
import { RestoreRecord } from "./restore-record.ts";

/** A volume of a restore as EC2 has it; its state is that of its attachment until that is `attached`. */
export const RestoreVolume = z.object({
  id: z.string(),
  state: z.string(),
  attachedTo: InstanceId.nullable(),
  gib: z.number(),
  /** Its name for people, and the restore for which it is kept. */
  name: z.string().nullable(),
  keptFor: z.string().nullable(),
});
export type RestoreVolume = z.infer<typeof RestoreVolume>;

/** How far the restore of a data volume is. */
export const RestoreFacts = z.object({
  record: RestoreRecord.nullable(),
  /** Those that the record names, as far as EC2 has them; empty once it is confirmed. */
  volumes: z.array(RestoreVolume),
});
export type RestoreFacts = z.infer<typeof RestoreFacts>;
