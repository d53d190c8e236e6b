import type { FleetFacts } from "../fleet/facts.ts";
import type { DatabaseDrillRecord } from "../proof/database/record.ts";
import type { DATABASE_DRILL } from "../runbooks/prove-restore.ts";
import type { StepOf } from "../runbooks/steps.ts";
import type { Duration } from "./run.ts";
import { done, due, impossible, type Progress, pending, type Standing } from "./step-progress.ts";

type DatabaseDrillChange = (typeof DATABASE_DRILL)[number];
type Facts = Pick<FleetFacts, "databaseDrill">;
type DatabaseDrillProgress = { [K in DatabaseDrillChange]: (step: StepOf<K>, facts: Facts, standing: Standing) => Progress };

/** How far the steps of a pair's drill are. */
export const DATABASE_DRILL_PROGRESS: DatabaseDrillProgress = {
  "begin-database-drill": ({ id }, { databaseDrill: drill }) => {
    if (!drill) return pending(NOBODY_LOOKED);
    if (drill.record?.id === id) return done;
    return drill.record?.endedAt === null ? impossible(`the drill ${drill.record.id} is under way`) : due;
  },
  "restore-database": ({ id }, facts) => noted(facts, id, ({ copyId }) => copyId !== null),
  "check-bucket": ({ id }, facts) => {
    const progress = noted(facts, id, ({ bucket }) => bucket?.isOver === true);
    return progress.kind === "due" ? { kind: "more" } : progress;
  },
  "ask-database-proof": ({ id, number }, facts) => noted(facts, id, ({ asked }) => (asked?.number ?? 0) >= number),
  "conclude-database-drill": ({ id }, facts) => noted(facts, id, ({ state }) => state !== "under-way"),
  "keep-proven": ({ id }, facts) => noted(facts, id, ({ keptId }) => keptId !== null),
  "remove-database-drill": ({ copyIds, keptIds }, { databaseDrill: drill }) => {
    if (!drill) return pending(NOBODY_LOOKED);
    const copies = drill.copies.filter(({ id }) => copyIds.includes(id));
    const kept = drill.kept.filter(({ id }) => keptIds.includes(id));
    if (copies.length + kept.length === 0) return done;
    const can = copies.some(({ status }) => !ON_ITS_WAY.has(status)) || kept.some(({ status }) => status !== "deleting");
    return can ? due : pending([...copies, ...kept].map(({ id, status }) => `${id} is ${status}`).join(", "));
  },
  "end-database-drill": ({ id }, facts) => noted(facts, id, ({ endedAt }) => endedAt !== null),
};

/** RDS deletes no instance that it is still making; whatever else it is at, the order is at worst refused. Source: RDS user guide, "Deleting a DB instance"; API reference, DeleteDBInstance. */
const ON_ITS_WAY: ReadonlySet<string> = new Set(["creating", "deleting"]);

const NOBODY_LOOKED = "nobody has asked how far the drill is";

/** What is on the ledger of a drill is done; of another drill than the one meant nothing is to be done any more. */
function noted({ databaseDrill: drill }: Facts, id: string, is: (record: DatabaseDrillRecord) => boolean): Progress {
  if (!drill) return pending(NOBODY_LOOKED);
  if (drill.record?.id !== id) return impossible(`${id} is not the newest drill any more`);
  return is(drill.record) ? done : due;
}

/** When a step of a drill that is still not done has failed. What removes a database also waits until that is made, and RDS takes a while for each. */
export const DATABASE_DRILL_DEADLINES: Record<DatabaseDrillChange, Duration> = {
  "begin-database-drill": { minutes: 5 },
  "restore-database": { minutes: 10 },
  "check-bucket": { hours: 1 },
  "ask-database-proof": { minutes: 5 },
  "conclude-database-drill": { minutes: 5 },
  "keep-proven": { minutes: 10 },
  "remove-database-drill": { hours: 2 },
  "end-database-drill": { minutes: 5 },
};
