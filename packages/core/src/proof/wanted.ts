import type { DrillRecord } from "./drill-record.ts";
import { heldOf } from "./fleet-checks.ts";
import type { Wanted } from "./verdict.ts";

/** What a drill's reports are held against; undefined as long as it has no copy, or no document. */
export const wantedOf = (record: DrillRecord): Wanted | undefined =>
  record.document && record.copyId !== null ? { ...record.document, copyId: record.copyId, ...heldOf(record) } : undefined;
