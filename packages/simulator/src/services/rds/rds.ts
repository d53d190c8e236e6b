import type * as Module from "@aws-sdk/client-rds";
import * as module from "@aws-sdk/client-rds";
import type { Account } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { copySql } from "../../fleet/database-server.ts";
import { Dependency, type SharedDependencies } from "../../fleet/shared-dependencies.ts";
import { Database, type Failure } from "./database.ts";
import { type DatabaseGroups, groupOperations } from "./groups.ts";
import { makeMasterSecret } from "./master-secret.ts";
import { keepMeasuring } from "./metrics.ts";
import { databaseOperations } from "./operations.ts";
import { restoreOperations } from "./restore-operations.ts";
import { snapshotOperations } from "./snapshot-operations.ts";
import { type DatabaseSnapshot, type DatabaseSnapshots, keepBackingUp } from "./snapshots.ts";

/** The databases of the account, and how to break them. */
export interface Rds extends DatabaseGroups {
  databases: Map<string, Database>;
  snapshots: DatabaseSnapshots;
  /** New instances are available at once instead of after minutes: for worlds that begin with a finished deployment. */
  createsAtOnce: boolean;
  /** Takes a database away from everybody; RDS says so some seconds later. */
  fail: (id: string, failure?: Failure) => void;
  /** Gives a failed database back, as when an operator enlarged its storage. */
  recover: (id: string) => void;
}

/** RDS: Postgres instances. What happens to one of them happens to the database that all machines share. */
export function addRds(account: Account, shared: SharedDependencies): Rds {
  const databases = new Map<string, Database>();
  const the = (id: string): Database => {
    const found = databases.get(id);
    if (!found) throw new Error(`there is no database ${id} in the simulated account`);
    return found;
  };
  const groups: DatabaseGroups = { parameterGroups: new Map(), subnetGroups: new Map() };
  const rds: Rds = {
    ...groups,
    databases,
    snapshots: new Map(),
    createsAtOnce: false,
    fail: (id, failure = "storage-full") => the(id).fail(failure),
    recover: (id) => the(id).recover(),
  };
  const elsewhere = shared.databaseAt;
  const at = (host: string) => [...databases.values()].find((database) => database.answersTo(host));
  shared.databaseAt = (host) => at(host)?.sql ?? elsewhere(host);
  shared.reachesDatabase = (host) => at(host)?.isReachable ?? shared.database.reachable;
  const create = (input: Module.CreateDBInstanceCommandInput, by: Principal) => {
    const database = new Database(account, shared.database, { input, master: makeMasterSecret(account, input, by) });
    keepMeasuring(account, database);
    keepBackingUp(rds.snapshots, database);
    return database;
  };
  /** It stands alone: what happens to it happens to nobody else. */
  const restore = (from: DatabaseSnapshot, input: Module.CreateDBInstanceCommandInput) => {
    const database = new Database(account, new Dependency(), { input, sql: copySql(from.sql) });
    databases.set(database.id, database);
    keepMeasuring(account, database);
    keepBackingUp(rds.snapshots, database);
    void database.restore();
    return database;
  };
  const operations: Operations<typeof Module> = {
    ...databaseOperations(account, rds, create),
    ...snapshotOperations(account, rds),
    ...restoreOperations(account, rds, restore),
    ...groupOperations(account, groups),
  };
  account.add({ id: "rds", iamPrefix: "rds", module, protocol: "query", namespace: "http://rds.amazonaws.com/doc/2014-10-31/", operations });
  return rds;
}
