import type { FleetFacts } from "../fleet/facts.ts";
import { findNode, isEnded, isGone } from "../fleet/standing.ts";
import { isMarked } from "../restore/marked.ts";
import type { RestoreRecord } from "../restore/restore-record.ts";
import type { Change, StepOf } from "../runbooks/steps.ts";
import type { Duration } from "./run.ts";
import { done, due, impossible, type Progress, pending, type Standing } from "./step-progress.ts";

/** The steps of a restore. */
type RestoreChange = Extract<
  Change,
  "begin-restore" | "make-restore-volume" | "write-restore-document" | "mark-volumes" | "end-server" | "note-restored" | "confirm-restore"
>;

type RestoreProgress = { [K in RestoreChange]: (step: StepOf<K>, facts: FleetFacts, standing: Standing) => Progress };

/** How far the steps of a restore are. */
export const RESTORE_PROGRESS: RestoreProgress = {
  "begin-restore": ({ id, after }, { restore }) => {
    if (!restore) return pending(NOBODY_LOOKED);
    if (restore.record?.id === id) return done;
    return (restore.record?.revision ?? 0) === after ? due : impossible(`the restore ${restore.record?.id} has changed meanwhile`);
  },
  "make-restore-volume": ({ id }, facts) => noted(facts, id, ({ volumeId }) => volumeId !== null),
  "write-restore-document": ({ id, of }, facts) => noted(facts, id, ({ desired }) => desired?.revision === of.revision + 1),
  "mark-volumes": ({ id }, facts, { applied }) => {
    const progress = noted(facts, id, (record) => isMarked(record, facts));
    return progress.kind === "due" && applied ? pending("EC2 does not show the marks yet") : progress;
  },
  "end-server": ({ instanceId }, facts, { applied }) => {
    const node = findNode(facts, instanceId);
    if (!node || isGone(node) || isEnded(node) || node.lifecycle?.startsWith("Terminating")) return done;
    if (node.lifecycle === null) return impossible(`${instanceId} is not of the group any more: it can't be ended through it`);
    return applied ? pending(`${instanceId} is leaving`) : due;
  },
  "note-restored": ({ id }, facts) => noted(facts, id, ({ state }) => state !== "under-way"),
  "confirm-restore": ({ id }, facts) => noted(facts, id, ({ state }) => state === "confirmed"),
};

const NOBODY_LOOKED = "nobody has asked how far the restore is";

/** What is on the ledger is done; of another restore than the one meant nothing is to be done any more. */
function noted({ restore }: Pick<FleetFacts, "restore">, id: string, is: (record: RestoreRecord) => boolean): Progress {
  if (!restore) return pending(NOBODY_LOOKED);
  if (restore.record?.id !== id) return impossible(`${id} is not the newest restore any more`);
  return is(restore.record) ? done : due;
}

/** When a step of a restore that is still not done has failed. */
export const RESTORE_DEADLINES: Record<RestoreChange, Duration> = {
  "begin-restore": { minutes: 5 },
  "make-restore-volume": { minutes: 10 },
  "write-restore-document": { minutes: 5 },
  "mark-volumes": { minutes: 10 },
  "end-server": { minutes: 10 },
  "note-restored": { minutes: 5 },
  "confirm-restore": { minutes: 10 },
};
