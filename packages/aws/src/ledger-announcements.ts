import type { Ledger } from "@steward/core/apply/ports";
import type { Table } from "./table.ts";

type Announcements = Pick<Ledger, "claimAnnouncement" | "announcementSent" | "announced">;

/** Each announcement goes out once; a sender that died in the middle loses its claim at the time it named. `SENT` lists them by time. */
export function ledgerOfAnnouncements(table: Table): Announcements {
  return {
    async claimAnnouncement(id, now, until) {
      const when = "attribute_not_exists(#sentAt) AND (attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now)";
      const written = await table.update(keyOf(id), "SET #claimedUntil = :until", { when, values: { now, until } });
      if (written.done) return "claimed";
      return written.found && "sentAt" in written.found ? "sent" : "busy";
    },

    async announcementSent(id, now) {
      const condition = { change: "SET #sentAt = :now", when: "attribute_not_exists(#sentAt)", values: { now } };
      await table.swap(keyOf(id), condition, { pk: "SENT", sk: `${now.toISOString()}#${id}`, id });
    },

    announced: async (since) => (await table.list("SENT", since.toISOString())).map((item) => String(item.id)),
  };
}

const keyOf = (id: string) => ({ pk: "ANNOUNCED", sk: id });
