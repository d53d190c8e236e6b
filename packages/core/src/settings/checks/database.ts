import { type Check, each, type Finding, when } from "../check.ts";
import type { StageSettings } from "../schema.ts";

/**
 * Majors of PostgreSQL that RDS has in standard support, as of August 2026. Sources: RDS for PostgreSQL release notes, "Release
 * calendars" (13 ended on 28 February 2026 and is billed extra since; 14 ends on 28 February 2027), What's New of November 2025 (18)
 * and of August 2026 (minors of all five).
 */
const MAJORS = ["14", "15", "16", "17", "18"];

function engine(settings: StageSettings): Finding[] {
  if (settings.topology !== "ha") return [];
  const { engineVersion } = settings.database;
  return when(!MAJORS.includes(engineVersion.split(".")[0] as string), "database.engineVersion", `is ${engineVersion}`, {
    allowed: `${MAJORS.join(", ")}, or a minor of one: what RDS has in standard support, as of August 2026`,
  });
}

export const databaseChecks: readonly Check[] = [
  { id: "database-engine", level: "refuse", words: "RDS has the major version of PostgreSQL in standard support.", of: each(engine) },
];
