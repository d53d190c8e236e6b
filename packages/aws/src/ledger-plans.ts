import type { Ledger } from "@steward/core/apply/ports";
import { StoredPlan } from "@steward/core/approval/stored-plan";
import { read } from "./ledger-read.ts";
import type { Table } from "./table.ts";

type Plans = Pick<Ledger, "plans" | "putPlan" | "approvePlan">;

/** Plans by the time at which they were stored; one that was approved stays as it was approved. */
export function ledgerOfPlans(table: Table): Plans {
  return {
    plans: async (since) => (await table.list("PLAN", since.toISOString())).map((item) => read(item, StoredPlan)),

    putPlan: async (plan) => {
      await table.put({ ...plan, ...keyOf(plan) }, { when: "attribute_not_exists(pk)" });
    },

    /** A write whose answer was lost and that the SDK repeated finds itself, and that is no other. */
    approvePlan: async (plan) => {
      const written = await table.put({ ...plan, ...keyOf(plan) }, { when: "attribute_exists(pk) AND #approved = :nobody", values: { nobody: null } });
      return written.done || (written.found !== undefined && JSON.stringify(read(written.found, StoredPlan)) === JSON.stringify(StoredPlan.parse(plan)));
    },
  };
}

const keyOf = ({ plannedAt, hash }: StoredPlan) => ({ pk: "PLAN", sk: `${plannedAt.toISOString()}#${hash}` });
