import type { Ledger } from "@steward/core/apply/ports";
import { RunRecord } from "@steward/core/incidents/run-record";
import { read } from "./ledger-read.ts";
import type { Item, Table } from "./table.ts";

type Runs = Pick<Ledger, "runs" | "runBegan" | "runEnded">;

/** Milliseconds by which who starts a run and the run itself may differ about its start. */
const SLACK_MS = 60 * 60 * 1000;

/**
 * Two lines per run, put together when read: that it began (by whoever started it), and that it ended (by itself, maybe
 * before the first line is written). So an end is never overwritten by a late beginning.
 */
export function ledgerOfRuns(table: Table): Runs {
  return {
    runs: async (since) => {
      const lines = await table.list("RUN", new Date(since.getTime() - SLACK_MS).toISOString());
      return joined(lines.map((line) => read(line, RunRecord))).filter((run) => run.startedAt >= since);
    },

    async runBegan(record) {
      await table.put(line(record, "began"), FIRST);
    },

    async runEnded(record) {
      await table.put(line(record, "ended"), FIRST);
    },
  };
}

const FIRST = { when: "attribute_not_exists(pk)" };

const line = (record: RunRecord, what: "began" | "ended"): Item => ({ ...record, pk: "RUN", sk: `${record.startedAt.toISOString()}#${record.name}#${what}` });

/** One record per name: the earliest start, and the end where there is one. */
function joined(records: RunRecord[]): RunRecord[] {
  const byName = Map.groupBy(records, (record) => record.name);
  return [...byName.values()].map((lines) => {
    const first = lines[0] as RunRecord;
    const ended = lines.find((record) => record.endedAt !== null);
    return {
      ...(ended ?? first),
      startedAt: first.startedAt,
      execution: ended?.execution ?? lines.find((record) => record.execution !== null)?.execution ?? null,
    };
  });
}
