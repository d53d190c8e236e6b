import type { Ledger } from "@steward/core/apply/ports";
import { SlotRecord } from "@steward/core/snapshots/slot-record";
import { read } from "./ledger-read.ts";
import type { Table } from "./table.ts";

type Slots = Pick<Ledger, "slots" | "slot" | "putSlot">;

/** Milliseconds that a slot can lie before the last change of its record: it is made for the day before at most, and that may take hours. */
const LONGEST_MS = 48 * 60 * 60 * 1000;

/** One item for each moment that wants a set of snapshots, by that moment. */
export function ledgerOfSlots(table: Table): Slots {
  return {
    slots: async (since) => {
      const items = await table.list("SLOT", new Date(since.getTime() - LONGEST_MS).toISOString());
      const records = items.map((item) => read(item, SlotRecord)).filter(({ at }) => at >= since);
      return records.toSorted((a, b) => a.at.getTime() - b.at.getTime());
    },

    slot: async (slot) => {
      const item = await table.get(keyOf(slot));
      return item && read(item, SlotRecord);
    },

    /** A write whose answer was lost and that the SDK repeated finds itself, and that is no other. */
    putSlot: async (record) => {
      const before = { when: "#revision = :before", values: { before: record.revision - 1 } };
      const written = await table.put({ ...record, ...keyOf(record.slot) }, record.revision === 1 ? { when: "attribute_not_exists(pk)" } : before);
      return written.done || (written.found !== undefined && JSON.stringify(read(written.found, SlotRecord)) === JSON.stringify(SlotRecord.parse(record)));
    },
  };
}

const keyOf = (slot: Date) => ({ pk: "SLOT", sk: slot.toISOString() });
