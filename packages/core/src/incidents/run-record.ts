import { z } from "zod";

/** One run on the record, from its start to its end. */
export const RunRecord = z.object({
  name: z.string(),
  subject: z.string(),
  execution: z.string().nullable(),
  startedAt: z.coerce.date(),
  endedAt: z.coerce.date().nullable(),
  outcome: z.string().nullable(),
});
export type RunRecord = z.infer<typeof RunRecord>;
