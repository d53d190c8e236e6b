import { z } from "zod";
import { envelope, trigger } from "./trigger.ts";

/**
 * RDS reports something of the fleet's database; leads to an incident, never to a node action. AWS's own samples carry the
 * identifier bare (Lambda developer guide) and with `rds:` before it (older RDS user guide).
 */
export const databaseEvent = trigger({
  id: "database-event",
  words: "RDS says something of the database",
  target: "observe",
  topologies: ["ha"],
  pattern: (names) => ({
    source: ["aws.rds"],
    "detail-type": ["RDS DB Instance Event"],
    detail: { SourceIdentifier: [names.database, `rds:${names.database}`] },
  }),
  schema: envelope(
    "aws.rds",
    ["RDS DB Instance Event"],
    z.object({ SourceIdentifier: z.string(), EventCategories: z.array(z.string()).optional(), Message: z.string(), EventID: z.string().optional() }),
  ),
  hint: (event) => ({ kind: "database", id: event.detail.SourceIdentifier.replace(/^rds:/, "") }),
});
