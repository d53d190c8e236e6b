import { after } from "../../apply/duration.ts";
import type { Duration } from "../../apply/run.ts";
import { OPEN_FOR_CONNECTIONS } from "../../health/triage.ts";
import type { Step } from "../../runbooks/steps.ts";
import { act, done, type Open, type StageStanding, wait } from "../standing.ts";
import type { DatabaseAnswer, DatabaseCopy, KeptSnapshot } from "./facts.ts";
import { superfluous } from "./kept.ts";
import type { DatabaseDrillRecord } from "./record.ts";
import { judgeDatabase } from "./verdict.ts";

/** A drill that is on the ledger and not over, and what the facts say of it. */
export interface DatabaseDrilling {
  record: DatabaseDrillRecord;
  at: Date;
  /** Its own, whatever else there is; undefined while RDS does not show it. */
  copy: DatabaseCopy | undefined;
  /** Databases of its own that are there, known to the ledger or not. */
  copyIds: string[];
  kept: readonly KeptSnapshot[];
  answer: DatabaseAnswer;
  /** A node that serves, of which a question can be asked. */
  node: string | undefined;
  instanceClass: string;
  /** What failed since it began, oldest first. */
  failures: string[];
}

/** One stage: what it is, and how it stands by the facts alone. */
export interface DatabaseStage {
  words: string;
  stand: (drilling: DatabaseDrilling) => StageStanding;
}

/** The end of a drill's first part: a verdict, with its reason. */
export const conclude = (
  { record: { id }, answer }: DatabaseDrilling,
  state: "proven" | "failed" | "undecided",
  because: string,
  verdicts: string[] = [],
): Open => act(because, { do: "conclude-database-drill", id, servedAt: servedAt(answer), verdict: { state, because, verdicts }, because });

const servedAt = (answer: DatabaseAnswer): Date | null =>
  answer.kind === "report" && answer.report.copy.state === "read" ? answer.report.copy.answeredAt : null;

const LOOK = { minutes: 1 };

const restore: DatabaseStage = {
  words: "a database is restored from the snapshot",
  stand: ({ record: { id, snapshotId, copyId }, instanceClass }) =>
    copyId === null ? act("there is no copy yet", { do: "restore-database", id, snapshotId, instanceClass, because: `${snapshotId} is to be proven` }) : done,
};

/** While the restore takes its time. */
const bucket: DatabaseStage = {
  words: "the bucket is looked through",
  stand: ({ record: { id, bucket: look } }) =>
    look?.isOver ? done : act("nobody has seen its end", { do: "check-bucket", id, because: "what the database knows of has to be in the bucket" }),
};

const available: DatabaseStage = {
  words: "RDS restores the database",
  stand: ({ record: { copyId }, copy }) => {
    if (!copy) return wait(`RDS does not show ${copyId}`, { pause: LOOK });
    return OPEN_FOR_CONNECTIONS.has(copy.status) && copy.host !== null ? done : wait(`${copyId} is ${copy.status}`, { pause: LOOK });
  },
};

/** A report takes some minutes at most, and Systems Manager a little to hand it over: what has not ended by then is asked for again. */
const ANSWERED_WITHIN = { minutes: 8 };
const ASKED_EVERY = { minutes: 2 };
/** Reports without a verdict, after which another one is no use. */
const MOST_ASKED = 5;

const proof: DatabaseStage = {
  words: "a node says what is in the copy",
  stand: (drilling) => {
    const { record, answer } = drilling;
    if (answer.kind !== "report" || record.bucket === null) return ask(drilling, answer.kind === "unknown" ? answer.because : null);
    const { standing, lines, against } = judgeDatabase(answer.report, record.bucket, record.baseline);
    if (standing !== "open") return conclude(drilling, standing, standing === "proven" ? `${record.snapshotId} was restored` : against.join("; "), lines);
    return ask(drilling, against.join("; "));
  },
};

/** Asks a node, unless one is at it, or has answered a moment ago; `said` is why the last answer is none. */
function ask(drilling: DatabaseDrilling, said: string | null): StageStanding {
  const { record, answer, copy, node, at } = drilling;
  const { id, asked } = record;
  const number = (asked?.number ?? 0) + 1;
  if (asked && answer.kind === "running" && after(asked.at, ANSWERED_WITHIN) > at) return wait(`${asked.instanceId} looks at the copy`, { pause: HALF });
  if (number > MOST_ASKED) return inVain(drilling, said ?? "no node answered");
  if (asked && after(asked.at, ASKED_EVERY) > at) return wait(said ?? `${asked.instanceId} is asked again soon`, { pause: LOOK });
  if (node === undefined) return wait("no node serves, and so none is asked", { pause: LOOK });
  if (!copy?.host || copy.port === null) return wait("RDS does not say where the copy answers", { pause: LOOK });
  const because = said ?? "nobody else may reach the copy";
  return act("a node is asked", { do: "ask-database-proof", id, instanceId: node, copy: { host: copy.host, port: copy.port }, number, because });
}

const HALF: Duration = { seconds: 30 };

/** A copy that can't be read where the fleet's own can has failed; all else may be a fault of something between, or of the question. */
function inVain(drilling: DatabaseDrilling, because: string): StageStanding {
  const { answer } = drilling;
  const isBroken = answer.kind === "report" && answer.report.copy.state === "broken" && answer.report.fleet.state === "read";
  return conclude(drilling, isBroken ? "failed" : "undecided", `no report after ${MOST_ASKED} questions: ${because}`);
}

/** From the snapshot to its verdict, in order; each waits for the one before. */
export const PROVING: readonly DatabaseStage[] = [restore, bucket, available, proof];

/** First of all, because it is paid for by the hour. */
const removed: DatabaseStage = {
  words: "the copy is removed",
  stand: ({ record: { id }, copyIds }) => (copyIds.length > 0 ? act("it has served", remove(copyIds, [], `${id} is decided`)) : done),
};

export const remove = (copyIds: string[], keptIds: string[], because: string): Step => ({ do: "remove-database-drill", copyIds, keptIds, because });

/** A copy of a snapshot takes minutes to hours; the snapshot itself is there for a day at least. */
const KEPT_WITHIN = { hours: 12 };

/** RDS expires its own snapshots: one that is proven is copied, so that it is there whenever a later proof fails. */
const kept: DatabaseStage = {
  words: "the proven snapshot is kept",
  stand: ({ record: { id, state, snapshotId, keptId, decidedAt }, kept: all, at }) => {
    if (state !== "proven" || (decidedAt && after(decidedAt, KEPT_WITHIN) <= at)) return done;
    if (keptId === null) return act("RDS would expire it", { do: "keep-proven", id, snapshotId, because: `${snapshotId} is the last that is proven` });
    const own = all.find((one) => one.id === keptId);
    return own?.status === "available" || own?.status === "failed" ? done : wait(`${keptId} is ${own?.status ?? "not shown by RDS yet"}`, { pause: LOOK });
  },
};

const replaced: DatabaseStage = {
  words: "what was kept of earlier proofs is removed",
  stand: ({ kept: all }) => {
    const old = superfluous(all);
    return old.length > 0 ? act("a newer one is there", remove([], old, "one proven snapshot is kept, the newest")) : done;
  },
};

const ended: DatabaseStage = {
  words: "nothing is left of it",
  stand: ({ record: { id }, at }): StageStanding =>
    act("nothing is left", { do: "end-database-drill", id, endedAt: at, because: "nothing that it made is left" }),
};

/** From the verdict to the end, in order. */
export const ENDING: readonly DatabaseStage[] = [removed, kept, replaced, ended];
