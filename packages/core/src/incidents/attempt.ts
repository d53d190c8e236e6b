import { z } from "zod";

/** One runbook run on the record: what was tried on whom, for which incident, and how it ended. */
export const Attempt = z.object({
  /** Name of the durable execution that did it, and the runbook: unique together. */
  run: z.string(),
  runbook: z.string(),
  /** Instance id or group name that the runbook was aimed at. */
  resource: z.string(),
  incident: z.string().nullable(),
  startedAt: z.coerce.date(),
  endedAt: z.coerce.date().nullable(),
  outcome: z.enum(["running", "done", "failed", "refused"]),
  because: z.string(),
});
export type Attempt = z.infer<typeof Attempt>;
