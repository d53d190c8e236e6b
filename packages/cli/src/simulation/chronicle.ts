import { plainItem } from "@steward/aws/plain-item";
import { Attempt } from "@steward/core/incidents/attempt";
import { Incident } from "@steward/core/incidents/incident";
import { RunRecord } from "@steward/core/incidents/run-record";
import { DrillRecord } from "@steward/core/proof/drill-record";
import type { RunbookId } from "@steward/core/runbooks/runbook";
import { PruneRecord } from "@steward/core/snapshots/prune-record";
import { SlotRecord } from "@steward/core/snapshots/slot-record";
import type { Deployed } from "@steward/simulator/deploy/deploy";
import type { SimulatedAccount } from "@steward/simulator/simulated-account";

export interface JournalLine {
  run: string;
  at: Date;
  what: string;
  because: string;
}

/** Steward's own record, as it stands in the table. */
export interface Chronicle {
  /** Open and closed, oldest first. */
  incidents: Incident[];
  /** At who serves. */
  attempts: Attempt[];
  /** At what is kept: snapshots and images. */
  keeping: Attempt[];
  slots: SlotRecord[];
  prunings: PruneRecord[];
  /** The newest proof of a restore. */
  drill: DrillRecord | undefined;
  runs: RunRecord[];
  journal: JournalLine[];
  /** Stages of a first deploy by their id, `finished` among them, and when each was reached. */
  reached: Map<string, Date>;
}

/** Reads the table behind the API's back: looking changes nothing in the world, not even its chance. */
export function readChronicle(world: SimulatedAccount, { topology }: Deployed): Chronicle {
  const items = world.dynamodb.items(topology.table.name).map(plainItem);
  const of = (...partitions: string[]) => items.filter(({ pk }) => partitions.includes(pk));
  const attempts = of("ATTEMPT")
    .map((item) => Attempt.parse(item))
    .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  const [drill] = of("DRILL");
  return {
    drill: drill && DrillRecord.parse(drill),
    incidents: of("OPEN", "CLOSED")
      .map((item) => Incident.parse(item))
      .sort((a, b) => a.openedAt.getTime() - b.openedAt.getTime()),
    attempts: attempts.filter(({ runbook }) => !OF_WHAT_IS_KEPT.has(runbook)),
    keeping: attempts.filter(({ runbook }) => OF_WHAT_IS_KEPT.has(runbook)),
    slots: of("SLOT")
      .map((item) => SlotRecord.parse(item))
      .sort((a, b) => a.slot.getTime() - b.slot.getTime()),
    prunings: of("PRUNING")
      .map((item) => PruneRecord.parse(item))
      .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime()),
    runs: joined(of("RUN").map((item) => RunRecord.parse(item))),
    reached: new Map(of("FIRST-DEPLOY").flatMap(({ sk, at }) => (at === undefined ? [] : [[sk.replace("reached#", ""), new Date(String(at))] as const]))),
    journal: items
      .filter(({ pk }) => pk.startsWith("JOURNAL#"))
      .map((item) => ({ run: String(item.run), at: new Date(String(item.at)), what: String(item.what), because: String(item.because) }))
      .sort((a, b) => a.at.getTime() - b.at.getTime()),
  };
}

const OF_WHAT_IS_KEPT: ReadonlySet<string> = new Set<RunbookId>([
  "take-snapshots",
  "snapshot-now",
  "prune-snapshots",
  "lock-snapshots",
  "copy-snapshots",
  "prune-copies",
  "prune-images",
  "prove-restore",
]);

/** The table has a line for the beginning and one for the end of a run; the end says all. */
const joined = (lines: RunRecord[]): RunRecord[] => [
  ...new Map(lines.sort((a, b) => Number(a.endedAt !== null) - Number(b.endedAt !== null)).map((run) => [run.name, run])).values(),
];
