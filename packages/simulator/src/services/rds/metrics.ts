import type { Account } from "../../account/account.ts";
import type { Database } from "./database.ts";

const PERIOD_MS = 60_000;

/** Reports every running database once a minute, steadily. Source: RDS user guide, "Amazon CloudWatch metrics for Amazon RDS". */
export function keepMeasuring(account: Account, database: Database): void {
  setTimeout(() => {
    if (database.status === "deleting") return;
    if (database.isMeasured) report(account, database);
    keepMeasuring(account, database);
  }, PERIOD_MS);
}

function report({ links }: Account, { id, measures, isReachable }: Database): void {
  for (const [name, value] of Object.entries(measures))
    links.metric("AWS/RDS", name, { DBInstanceIdentifier: id }, name === "DatabaseConnections" && !isReachable ? 0 : value);
}
