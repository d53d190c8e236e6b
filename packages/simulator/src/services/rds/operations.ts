import type * as Module from "@aws-sdk/client-rds";
import { arn } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import type { Database } from "./database.ts";
import type { Rds } from "./rds.ts";

/** Sources: API reference of CreateDBInstance and DescribeDBInstances. */
const PAGE = { smallest: 20, largest: 100 };

const on = (action: string, id: string | undefined) => [{ action: `rds:${action}`, resources: [arn("rds", `db:${id ?? "*"}`)] }];

export const databaseOperations = (rds: Rds, create: (input: Module.CreateDBInstanceCommandInput) => Database): Operations<typeof Module> => ({
  CreateDBInstance: {
    rights: (input) => on("CreateDBInstance", input.DBInstanceIdentifier),
    run: (input) => {
      refuseBadInput(rds, input);
      const database = create(input);
      rds.databases.set(database.id, database);
      void database.create(rds.createsAtOnce);
      return { DBInstance: database.describe() };
    },
  },
  DescribeDBInstances: {
    rights: (input) => on("DescribeDBInstances", input.DBInstanceIdentifier),
    run: ({ DBInstanceIdentifier: id, MaxRecords = PAGE.largest, Marker }) => {
      if (id !== undefined) return { DBInstances: [theDatabase(rds, id).describe()] };
      if (MaxRecords < PAGE.smallest || MaxRecords > PAGE.largest)
        throw new AwsError("InvalidParameterValue", `Invalid value ${MaxRecords} for MaxRecords. Must be between ${PAGE.smallest} and ${PAGE.largest}`);
      return onePage([...rds.databases.values()], MaxRecords, Number(Marker ?? 0));
    },
  },
  RebootDBInstance: {
    rights: (input) => on("RebootDBInstance", input.DBInstanceIdentifier),
    run: ({ DBInstanceIdentifier: id = "", ForceFailover = false }) => {
      const database = theDatabase(rds, id);
      if (ForceFailover) throw new AwsError("InvalidParameterCombination", "Cannot reboot with failover when instance is not in multi-az mode");
      if (database.status !== "available") throw new AwsError("InvalidDBInstanceState", `Instance ${id} is not in available state.`);
      void database.reboot();
      return { DBInstance: database.describe() };
    },
  },
});

function onePage(databases: Database[], size: number, from: number): Module.DBInstanceMessage {
  const sorted = databases.sort((one, other) => one.id.localeCompare(other.id));
  const end = from + size;
  return { DBInstances: sorted.slice(from, end).map((database) => database.describe()), Marker: end < sorted.length ? String(end) : undefined };
}

/** Identifiers are not case-sensitive. */
function theDatabase(rds: Rds, id: string): Database {
  const found = rds.databases.get(id.toLowerCase());
  if (!found) throw new AwsError("DBInstanceNotFound", `DBInstance ${id} not found.`, 404);
  return found;
}

function refuseBadInput(rds: Rds, { DBInstanceIdentifier: id = "", Engine, AllocatedStorage, MultiAZ }: Module.CreateDBInstanceCommandInput): void {
  if (!/^[a-z](-?[a-z0-9]){0,62}$/.test(id)) {
    throw new AwsError(
      "InvalidParameterValue",
      "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.",
    );
  }
  if (rds.databases.has(id)) throw new AwsError("DBInstanceAlreadyExists", "DB instance already exists");
  if (Engine !== "postgres" || MultiAZ) throw new AwsError("InvalidParameterValue", "the simulated account models Single-AZ postgres only");
  if (AllocatedStorage === undefined || AllocatedStorage < 20)
    throw new AwsError("InvalidParameterValue", `Invalid storage size for engine name postgres and storage type gp2: ${AllocatedStorage}`);
}
