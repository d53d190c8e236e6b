import type * as Module from "@aws-sdk/client-rds";
import type { Account } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { checkKey, checkWish } from "./admission.ts";
import type { Database } from "./database.ts";
import type { Rds } from "./rds.ts";
import { onDatabase, toCreateDatabase } from "./rights.ts";

/** Sources: API reference of CreateDBInstance and DescribeDBInstances. */
const PAGE = { smallest: 20, largest: 100 };

export const databaseOperations = (
  account: Account,
  rds: Rds,
  create: (input: Module.CreateDBInstanceCommandInput, by: Principal) => Database,
): Operations<typeof Module> => ({
  CreateDBInstance: {
    rights: toCreateDatabase,
    run: (input, call) => {
      refuseBadInput(rds, input);
      checkKey(account, input, call);
      const database = create(input, call.principal);
      rds.databases.set(database.id, database);
      void database.create(rds.createsAtOnce);
      return { DBInstance: database.describe() };
    },
  },
  DescribeDBInstances: {
    rights: (input) => onDatabase(rds, "DescribeDBInstances", input.DBInstanceIdentifier),
    run: ({ DBInstanceIdentifier: id, MaxRecords = PAGE.largest, Marker }) => {
      if (id !== undefined) return { DBInstances: [theDatabase(rds, id).describe()] };
      if (MaxRecords < PAGE.smallest || MaxRecords > PAGE.largest)
        throw new AwsError("InvalidParameterValue", `Invalid value ${MaxRecords} for MaxRecords. Must be between ${PAGE.smallest} and ${PAGE.largest}`);
      return onePage([...rds.databases.values()], MaxRecords, Number(Marker ?? 0));
    },
  },
  RebootDBInstance: {
    rights: (input) => onDatabase(rds, "RebootDBInstance", input.DBInstanceIdentifier),
    run: ({ DBInstanceIdentifier: id = "", ForceFailover = false }) => {
      const database = theDatabase(rds, id);
      if (ForceFailover && !database.isMultiAz)
        throw new AwsError("InvalidParameterCombination", "Cannot reboot with failover when instance is not in multi-az mode");
      if (database.status !== "available") throw new AwsError("InvalidDBInstanceState", `Instance ${id} is not in available state.`);
      void (ForceFailover ? database.failOver() : database.reboot());
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

function refuseBadInput(rds: Rds, wish: Module.CreateDBInstanceCommandInput): void {
  const { DBInstanceIdentifier: id = "", Engine } = wish;
  if (!/^[a-z](-?[a-z0-9]){0,62}$/.test(id)) {
    throw new AwsError(
      "InvalidParameterValue",
      "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.",
    );
  }
  if (rds.databases.has(id)) throw new AwsError("DBInstanceAlreadyExists", "DB instance already exists");
  if (Engine !== "postgres") throw new AwsError("InvalidParameterValue", "the simulated account models postgres only");
  checkWish(rds, wish);
}
