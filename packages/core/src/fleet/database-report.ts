import { z } from "zod";
import { ProbeReport } from "./probe.ts";

const { at, end, instanceId } = ProbeReport.shape;

/** What one database says of itself, or why it could not be asked. */
const Side = z.discriminatedUnion("state", [
  z.object({
    state: z.literal("read"),
    /** When the first question was answered. */
    answeredAt: z.coerce.date(),
    /** Which of the two logins got in. */
    login: z.string(),
    tls: z.boolean(),
    serverVersion: z.int(),
    /** Those of Package Manager's schemas that are there. */
    schemas: z.array(z.string()).max(10),
    /** One word for all columns of all tables: equal words are equal schemas. */
    shape: z.string().max(64),
    /** Indexes that Postgres itself calls invalid. */
    invalidIndexes: z.int(),
    tableCount: z.int(),
    /** The largest tables; `exact` where every row was read, else Postgres's own estimate. */
    tables: z.array(z.object({ name: z.string(), rows: z.int(), exact: z.boolean() })).max(60),
  }),
  /** `no-entry`: nothing was read, it let nobody in or was not reached. `broken`: it let us in, and reading failed. */
  z.object({ state: z.enum(["no-entry", "broken", "not-in-time"]), because: z.string().max(300) }),
]);
export type DatabaseSide = z.infer<typeof Side>;
export type ReadDatabase = Extract<DatabaseSide, { state: "read" }>;

/**
 * What a restored database holds, beside what the fleet's own does (`steward-node prove-database`): at most 16 KB, never a secret, and of
 * the rows nothing but how many they are.
 */
export const DatabaseReport = z.object({ databaseProof: z.literal(1), instanceId, at, copy: Side, fleet: Side, end });
export type DatabaseReport = z.infer<typeof DatabaseReport>;
