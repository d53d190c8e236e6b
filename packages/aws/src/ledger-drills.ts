import type { Ledger } from "@steward/core/apply/ports";
import { DrillRecord } from "@steward/core/proof/drill-record";
import { read } from "./ledger-read.ts";
import type { Table } from "./table.ts";

type Drills = Pick<Ledger, "drill" | "putDrill">;

const NEWEST = { pk: "DRILL", sk: "newest" };

/** The newest drill, one item: so a stage has one at a time, whoever begins it. Whoever observes may query, and need not read items. */
export function ledgerOfDrills(table: Table): Drills {
  return {
    drill: async () => {
      const [item] = await table.list(NEWEST.pk);
      return item && read(item, DrillRecord);
    },

    /** A write whose answer was lost and that the SDK repeated finds itself, and that is no other. */
    putDrill: async (record) => {
      const before = { when: "#revision = :before", values: { before: record.revision - 1 } };
      const written = await table.put({ ...record, ...NEWEST }, record.revision === 1 ? { when: "attribute_not_exists(pk)" } : before);
      return written.done || (written.found !== undefined && JSON.stringify(read(written.found, DrillRecord)) === JSON.stringify(DrillRecord.parse(record)));
    },
  };
}
