import { z } from "zod";
import { ProbeReport } from "./probe.ts";

const { at, end, instanceId } = ProbeReport.shape;

/** How much there is, and nothing of what it is. A number is null where it could not be counted. */
export const Counts = z.object({
  databases: z.array(z.object({ name: z.string(), rows: z.number().int().nullable() })).max(10),
  storedFiles: z.number().int().nullable(),
  repositories: z.number().int().nullable(),
});
export type Counts = z.infer<typeof Counts>;

/** What a server that serves holds (`steward-node count`), so that a copy can be held against it; it was read only. */
export const CountReport = Counts.extend({ count: z.literal(1), instanceId, at, end });
export type CountReport = z.infer<typeof CountReport>;
