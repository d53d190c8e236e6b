import type { Fault } from "./fault.ts";

export const databaseDown: Fault = {
  id: "database-down",
  summary: "The database stops answering every node at once; RDS notices some seconds later.",
  inject: ({ rds, dependencies }) => {
    for (const id of rds.databases.keys()) rds.fail(id);
    dependencies.database.reachable = false;
  },
  clear: ({ rds, dependencies }) => {
    if (rds.databases.size === 0) dependencies.database.reachable = true;
    for (const id of rds.databases.keys()) rds.recover(id);
  },
};
