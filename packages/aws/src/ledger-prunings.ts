import type { Ledger } from "@steward/core/apply/ports";
import { PruneRecord } from "@steward/core/snapshots/prune-record";
import { read } from "./ledger-read.ts";
import type { Table } from "./table.ts";

type Prunings = Pick<Ledger, "prunings" | "pruning" | "putPruning">;

/** Prunings by the time at which they began, and beside each its key: nobody who asks for one knows its time. */
export function ledgerOfPrunings(table: Table): Prunings {
  return {
    prunings: async (since) => (await table.list("PRUNING", since.toISOString())).map((item) => read(item, PruneRecord)),

    pruning: async (key) => {
      const begun = await table.get(keyOf(key));
      const item = begun && (await table.get({ pk: "PRUNING", sk: String(begun.place) }));
      return item && read(item, PruneRecord);
    },

    async putPruning(record) {
      const place = `${record.startedAt.toISOString()}#${record.key}`;
      await table.swap(keyOf(record.key), { change: "SET #place = :place", when: ANYHOW, values: { place } }, { ...record, pk: "PRUNING", sk: place });
    },
  };
}

const keyOf = (key: string) => ({ pk: "PRUNING-KEY", sk: key });

const ANYHOW = "attribute_exists(pk) OR attribute_not_exists(pk)";
