import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Ledger } from "@steward/core/apply/ports";
import { ledgerOfAnnouncements } from "./ledger-announcements.ts";
import { ledgerOfCopies } from "./ledger-copies.ts";
import { ledgerOfDatabaseDrills } from "./ledger-database-drills.ts";
import { ledgerOfDrills } from "./ledger-drills.ts";
import { ledgerOfFirstDeploy } from "./ledger-first-deploy.ts";
import { ledgerOfHistory } from "./ledger-history.ts";
import { ledgerOfIncidents } from "./ledger-incidents.ts";
import { ledgerOfLeases } from "./ledger-leases.ts";
import { ledgerOfPlans } from "./ledger-plans.ts";
import { ledgerOfPrunings } from "./ledger-prunings.ts";
import { ledgerOfRestores } from "./ledger-restores.ts";
import { ledgerOfRuns } from "./ledger-runs.ts";
import { ledgerOfSlots } from "./ledger-slots.ts";
import { createTable } from "./table.ts";

/**
 * Steward's memory in one DynamoDB table. Partitions: `OPEN` and `CLOSED` incidents, `RUN`, `ATTEMPT`, `LINEAGE`,
 * `LEASE`, `ANNOUNCED` with `SENT`, `EPOCH`, `FIRST-DEPLOY`, `IMAGE`, `SLOT`, `PRUNING` with `PRUNING-KEY`, `COPY`, `DRILL`, `DATABASE-DRILL`, `RESTORE`, `PLAN`, and `JOURNAL#<run>`; `heartbeat` is kept beside it (heartbeat.ts).
 */
export function createLedger(client: DynamoDBClient, tableName: string): Ledger {
  const table = createTable(client, tableName);
  return {
    ...ledgerOfIncidents(table),
    ...ledgerOfRuns(table),
    ...ledgerOfHistory(table),
    ...ledgerOfLeases(table),
    ...ledgerOfAnnouncements(table),
    ...ledgerOfFirstDeploy(table),
    ...ledgerOfSlots(table),
    ...ledgerOfPrunings(table),
    ...ledgerOfCopies(table),
    ...ledgerOfDrills(table),
    ...ledgerOfRestores(table),
    ...ledgerOfPlans(table),
    ...ledgerOfDatabaseDrills(table),
  };
}
