import type { Ledger } from "@steward/core/apply/ports";
import { DatabaseDrillRecord } from "@steward/core/proof/database/record";
import { read } from "./ledger-read.ts";
import type { Item, Table } from "./table.ts";

type DatabaseDrills = Pick<Ledger, "databaseDrill" | "putDatabaseDrill">;

const NEWEST = { pk: "DATABASE-DRILL", sk: "newest" };

/** The newest drill of a pair's database, one item: so a stage has one at a time, whoever begins it. */
export function ledgerOfDatabaseDrills(table: Table): DatabaseDrills {
  return {
    databaseDrill: async () => {
      const [item] = await table.list(NEWEST.pk);
      return item && read(item, DatabaseDrillRecord);
    },

    /** A write whose answer was lost and that the SDK repeated finds itself, and that is no other. */
    putDatabaseDrill: async (record) => {
      const before = { when: "#revision = :before", values: { before: record.revision - 1 } };
      const written = await table.put({ ...record, ...NEWEST }, record.revision === 1 ? { when: "attribute_not_exists(pk)" } : before);
      const same = (found: Item) => JSON.stringify(read(found, DatabaseDrillRecord)) === JSON.stringify(DatabaseDrillRecord.parse(record));
      return written.done || (written.found !== undefined && same(written.found));
    },
  };
}
