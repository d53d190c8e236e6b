import type { Ledger } from "@steward/core/apply/ports";
import { Attempt } from "@steward/core/incidents/attempt";
import { read } from "./ledger-read.ts";
import type { Table } from "./table.ts";

type History = Pick<Ledger, "attempts" | "putAttempt" | "lineage" | "rememberLineage" | "note">;

/** What was tried, who stands in for whom, and the journal of every run. The first word on a line or an ancestor stays. */
export function ledgerOfHistory(table: Table): History {
  return {
    attempts: async (since) => (await table.list("ATTEMPT", since.toISOString())).map((item) => read(item, Attempt)),

    /** While it runs it may be written again; its first end stays, so a step that is done again changes nothing. */
    async putAttempt(attempt) {
      const item = { ...attempt, pk: "ATTEMPT", sk: `${attempt.startedAt.toISOString()}#${attempt.run}#${attempt.runbook}` };
      await table.put(item, { when: "attribute_not_exists(pk) OR #outcome = :running", values: { running: "running" } });
    },

    lineage: async () => Object.fromEntries((await table.list("LINEAGE")).map((item) => [item.sk, String(item.ancestor)])),

    async rememberLineage(instanceId, ancestor) {
      await table.put({ pk: "LINEAGE", sk: instanceId, ancestor }, FIRST);
    },

    async note(entry) {
      await table.put({ ...entry, pk: `JOURNAL#${entry.run}`, sk: entry.key }, FIRST);
    },
  };
}

const FIRST = { when: "attribute_not_exists(pk)" };
