import type { FleetFacts } from "../fleet/facts.ts";
import { isThere } from "../proof/after-verdict.ts";
import type { DrillRecord } from "../proof/drill-record.ts";
import { isNoted } from "../proof/effects.ts";
import type { Change, StepOf } from "../runbooks/steps.ts";
import type { Duration } from "./run.ts";
import { done, due, impossible, type Progress, pending, type Standing } from "./step-progress.ts";

/** The steps of a drill. */
type DrillChange = Extract<
  Change,
  | "begin-drill"
  | "ask-count"
  | "make-copy"
  | "write-drill-document"
  | "launch-prover"
  | "attach-copy"
  | "converge-copy"
  | "note-drill"
  | "ask-proof"
  | "conclude-drill"
  | "mark-proof"
  | "remove-drill"
>;

type DrillProgress = { [K in DrillChange]: (step: StepOf<K>, facts: Pick<FleetFacts, "drill">, standing: Standing) => Progress };

/** How far the steps of a drill are. */
export const DRILL_PROGRESS: DrillProgress = {
  "begin-drill": ({ id }, { drill }) => {
    if (!drill) return pending(NOBODY_LOOKED);
    if (drill.record?.id === id) return done;
    return drill.record?.endedAt === null ? impossible(`the drill ${drill.record.id} is under way`) : due;
  },
  "ask-count": ({ id, number }, facts) => noted(facts, id, ({ counted }) => (counted?.number ?? 0) >= number),
  "make-copy": ({ id }, facts) => noted(facts, id, ({ copyId }) => copyId !== null),
  "write-drill-document": ({ id }, facts) => noted(facts, id, ({ document }) => document !== null),
  "launch-prover": ({ id }, facts) => noted(facts, id, ({ instanceId }) => instanceId !== null),
  "attach-copy": ({ copyId, instanceId }, { drill }) => {
    const copy = drill?.volumes.find(({ id }) => id === copyId);
    if (!copy) return pending(`EC2 does not show ${copyId}`);
    if (copy.attachedTo === instanceId && copy.state === "in-use") return done;
    return copy.state === "available" ? due : pending(`${copyId} is ${copy.state}`);
  },
  // Whatever came of it: the drill's own stages judge that, and go on.
  "converge-copy": ({ instanceId }, { drill }, { key, applied }) => {
    const receipt = drill?.probe?.receipts.find((other) => other.key === key);
    if (receipt) return receipt.outcome === "running" ? pending(`${instanceId} is at it`) : done;
    return applied ? pending(`${instanceId} has not heard of it yet`) : due;
  },
  "note-drill": ({ id, note }, facts) => noted(facts, id, (record) => isNoted(record, note)),
  "ask-proof": ({ id, number }, facts) => noted(facts, id, ({ asked }) => (asked?.number ?? 0) >= number),
  "conclude-drill": ({ id }, facts) => noted(facts, id, ({ state }) => state !== "under-way"),
  "mark-proof": ({ id }, facts) => noted(facts, id, ({ markedAt }) => markedAt !== null),
  "remove-drill": ({ instanceIds, volumeIds }, { drill }) => {
    if (!drill) return pending(NOBODY_LOOKED);
    const machines = drill.instances.filter((instance) => instanceIds.includes(instance.id) && isThere(instance));
    const copies = drill.volumes.filter(({ id }) => volumeIds.includes(id));
    if (machines.length + copies.length === 0) return done;
    const can = machines.some(({ state }) => state !== "shutting-down") || copies.some(({ state }) => state === "available" || state === "error");
    return can ? due : pending([...machines, ...copies].map(({ id, state }) => `${id} is ${state}`).join(", "));
  },
};

const NOBODY_LOOKED = "nobody has asked how far the drill is";

/** What is on the ledger of a drill is done; of another drill than the one meant nothing is to be done any more. */
function noted({ drill }: Pick<FleetFacts, "drill">, id: string, is: (record: DrillRecord) => boolean): Progress {
  if (!drill) return pending(NOBODY_LOOKED);
  if (drill.record?.id !== id) return impossible(`${id} is not the newest drill any more`);
  return is(drill.record) ? done : due;
}

/** When a step of a drill that is still not done has failed. A volume is there within seconds, and a server ends within minutes. */
export const DRILL_DEADLINES: Record<DrillChange, Duration> = {
  "begin-drill": { minutes: 5 },
  "ask-count": { minutes: 5 },
  "make-copy": { minutes: 10 },
  "write-drill-document": { minutes: 5 },
  "launch-prover": { minutes: 10 },
  "attach-copy": { minutes: 10 },
  "converge-copy": { minutes: 20 },
  "note-drill": { minutes: 5 },
  "ask-proof": { minutes: 5 },
  "conclude-drill": { minutes: 5 },
  "mark-proof": { minutes: 5 },
  "remove-drill": { minutes: 20 },
};
