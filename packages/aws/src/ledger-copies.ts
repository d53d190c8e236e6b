import { CopyRecord } from "@steward/core/copies/copy-record";
import type { CopyBooks } from "@steward/core/copies/ports";
import { read } from "./ledger-read.ts";
import type { Table } from "./table.ts";

/** One item for each snapshot that is to be copied, by its id. */
export function ledgerOfCopies(table: Table): CopyBooks {
  return {
    copies: async (since) => (await table.list("COPY", "snap-")).map((item) => read(item, CopyRecord)).filter(({ at }) => at >= since),

    /** A write whose answer was lost and that the SDK repeated finds itself, and that is no other. */
    putCopy: async (record) => {
      const before = { when: "#revision = :before", values: { before: record.revision - 1 } };
      const key = { pk: "COPY", sk: record.sourceId };
      const written = await table.put({ ...record, ...key }, record.revision === 1 ? { when: "attribute_not_exists(pk)" } : before);
      return written.done || (written.found !== undefined && JSON.stringify(read(written.found, CopyRecord)) === JSON.stringify(CopyRecord.parse(record)));
    },
  };
}
