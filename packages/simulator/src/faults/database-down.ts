import type { Fault } from "./fault.ts";

export const databaseDown: Fault = {
  id: "database-down",
  summary: "No node reaches the database.",
  inject: ({ dependencies }) => {
    dependencies.database.reachable = false;
  },
  clear: ({ dependencies }) => {
    dependencies.database.reachable = true;
  },
};
