import type * as dynamodb from "@aws-sdk/client-dynamodb";
import { AwsError, type Operations } from "../../account/operation.ts";
import { invalid } from "./errors.ts";
import type { Table } from "./table.ts";
import { known, onTable, type Tables } from "./tables.ts";

/** Source: DynamoDB developer guide, "Point-in-time recovery": 1 to 35 days, the newest point about five minutes ago. */
const MOST_DAYS = 35;
const NEWEST_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/** Point-in-time recovery is switched and described; restoring from it is not modelled. */
export const backupOperations = (tables: Tables): Operations<typeof dynamodb> => ({
  UpdateContinuousBackups: {
    rights: onTable("UpdateContinuousBackups"),
    run: ({ TableName, PointInTimeRecoverySpecification: wanted }) => {
      const table = ready(tables, TableName);
      const days = wanted?.RecoveryPeriodInDays ?? MOST_DAYS;
      if (days < 1 || days > MOST_DAYS) throw invalid(`RecoveryPeriodInDays must be between 1 and ${MOST_DAYS}`);
      table.recovery = wanted?.PointInTimeRecoveryEnabled ? { since: table.recovery?.since ?? new Date(), days } : undefined;
      return { ContinuousBackupsDescription: describe(table) };
    },
  },
  DescribeContinuousBackups: {
    rights: onTable("DescribeContinuousBackups"),
    run: ({ TableName }) => ({ ContinuousBackupsDescription: describe(ready(tables, TableName)) }),
  },
});

function ready(tables: Tables, name: string | undefined): Table {
  const table = known(tables, name);
  if (!table.isActive) throw new AwsError("ContinuousBackupsUnavailableException", `Backups are being enabled for the table: ${table.name}`);
  return table;
}

/** Continuous backups are on for every table; what can be switched is the recovery from them. */
function describe({ recovery }: Table): dynamodb.ContinuousBackupsDescription {
  if (!recovery) return { ContinuousBackupsStatus: "ENABLED", PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "DISABLED" } };
  const earliest = Math.max(recovery.since.getTime(), Date.now() - recovery.days * DAY_MS);
  return {
    ContinuousBackupsStatus: "ENABLED",
    PointInTimeRecoveryDescription: {
      PointInTimeRecoveryStatus: "ENABLED",
      RecoveryPeriodInDays: recovery.days,
      EarliestRestorableDateTime: new Date(earliest),
      LatestRestorableDateTime: new Date(Math.max(earliest, Date.now() - NEWEST_MS)),
    },
  };
}
