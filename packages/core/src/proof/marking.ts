import { after } from "../apply/duration.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { DrillRecord } from "./drill-record.ts";
import type { Next } from "./next.ts";
import { act, done, type Stage } from "./standing.ts";

/** After a failure it is left alone for so long; whatever keeps a tag from being written lasts. */
const AGAIN_AFTER = { hours: 1 };
/** Failures after which the drill goes on to its end without. */
const IN_VAIN = 3;

const WORDS = "its verdict is put onto the snapshot";

const owes = ({ state, markedAt }: DrillRecord): boolean => markedAt === null && (state === "proven" || state === "failed");

const marks = ({ id, snapshotId, state }: DrillRecord) =>
  act("it is not on the snapshot yet", { do: "mark-proof", id, snapshotId, because: `people and retention should know that it is ${state}` });

/** The ledger has it before the snapshot does, so that no right that is missing there keeps a drill from its end. */
export const marked: Stage = {
  words: WORDS,
  stand: ({ record, failuresSinceVerdict }) => (owes(record) && failuresSinceVerdict < IN_VAIN ? marks(record) : done),
};

/** What is made up for once a drill is over; undefined where nothing is owed, or it failed a short while ago. */
export function markingOf({ drill, attempts, at }: Pick<FleetFacts, "drill" | "attempts" | "at">): Next | undefined {
  const record = drill?.record;
  if (!record?.endedAt || !owes(record)) return undefined;
  const isRecent = attempts.some(
    ({ runbook, outcome, startedAt }) => runbook === "prove-restore" && outcome === "failed" && after(startedAt, AGAIN_AFTER) > at,
  );
  return isRecent ? undefined : { words: WORDS, standing: marks(record) };
}
