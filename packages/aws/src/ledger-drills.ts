import type { Ledger } from "@steward/core/apply/ports";
import { DrillRecord, DrillsSince, NOT_SINCE } from "@steward/core/proof/drill-record";
import { read } from "./ledger-read.ts";
import type { Table } from "./table.ts";

type Drills = Pick<Ledger, "drill" | "putDrill" | "drillsSince" | "noteDrillsSince">;

const NEWEST = { pk: "DRILL", sk: "newest" };
const BEGINNING = { pk: "DRILLS", sk: "since" };

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

    drillsSince: async () => {
      const [item] = await table.list(BEGINNING.pk);
      return item ? read(item, DrillsSince).since : null;
    },

    /** The first time stays until it is taken back. */
    noteDrillsSince: async (since) => {
      const isNew = { when: "attribute_not_exists(pk) OR #since = :not", values: { not: NOT_SINCE } };
      await table.put({ ...BEGINNING, since: since ?? NOT_SINCE }, since ? isNew : { when: "attribute_exists(pk)" });
    },
  };
}
