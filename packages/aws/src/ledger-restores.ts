import type { Ledger } from "@steward/core/apply/ports";
import { RestoreRecord } from "@steward/core/restore/restore-record";
import { read } from "./ledger-read.ts";
import type { Table } from "./table.ts";

type Restores = Pick<Ledger, "restore" | "putRestore">;

const NEWEST = { pk: "RESTORE", sk: "newest" };

/** The newest restore, one item: so a stage has one at a time, whoever begins it. */
export function ledgerOfRestores(table: Table): Restores {
  return {
    restore: async () => {
      const [item] = await table.list(NEWEST.pk);
      return item && read(item, RestoreRecord);
    },

    /** A write whose answer was lost and that the SDK repeated finds itself, and that is no other. */
    putRestore: async (record) => {
      const before = { when: "#revision = :before", values: { before: record.revision - 1 } };
      const written = await table.put({ ...record, ...NEWEST }, record.revision === 1 ? { when: "attribute_not_exists(pk)" } : before);
      return (
        written.done || (written.found !== undefined && JSON.stringify(read(written.found, RestoreRecord)) === JSON.stringify(RestoreRecord.parse(record)))
      );
    },
  };
}
