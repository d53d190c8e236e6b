import { askAgain } from "./ask.ts";
import type { Judgement } from "./check.ts";
import { act, conclude, type Drilling, done, type Open, type Stage } from "./standing.ts";
import { judge, judgeData } from "./verdict.ts";
import { wantedOf } from "./wanted.ts";

/** A look goes through whole databases, and the volume is faster every time. */
const LOOKED_EVERY = { minutes: 5 };
const PROVEN_EVERY = { minutes: 1 };

/** Before Package Manager is started on it: what a copy is worth is what is on it without. */
export const look: Stage = {
  words: "the server says what was restored",
  stand: (drilling) => {
    const { record, proof } = drilling;
    if (record.look) return done;
    const wanted = wantedOf(record);
    if (proof.kind !== "report" || !wanted) return askAgain(drilling, PROVEN_EVERY);
    const { report } = proof;
    const judged = judgeData(report, wanted);
    if (judged.standing === "proven" && report.data)
      return act("what was restored is well", {
        do: "note-drill",
        id: record.id,
        note: { look: { ...report.data, at: report.at } },
        because: "now it may be started",
      });
    return against(drilling, judged) ?? askAgain(drilling, LOOKED_EVERY, judged.against);
  },
};

export const proof: Stage = {
  words: "the server says how it serves",
  stand: (drilling) => {
    const { record, proof: answer } = drilling;
    const [wanted, since] = [wantedOf(record), record.servedAt ?? record.look?.at];
    // A report of before the start says nothing of what was started.
    if (answer.kind !== "report" || !wanted || !record.look || (since && answer.report.at < since)) return askAgain(drilling, PROVEN_EVERY);
    const judged = judge(record.look, answer.report, wanted);
    if (judged.standing === "proven") return conclude(drilling, "proven", wordsOf(drilling), judged.lines);
    return against(drilling, judged) ?? askAgain(drilling, PROVEN_EVERY, judged.against);
  },
};

const wordsOf = ({ record: { snapshotId, document } }: Drilling): string =>
  document?.starts ? `${snapshotId} was restored` : `${snapshotId} was restored, data only: Package Manager was not started`;

/** Nothing more is asked where something is wrong already, with the snapshot or with the drill. */
function against(drilling: Drilling, { standing, against: said, lines }: Judgement): Open | undefined {
  if (standing === "failed") return conclude(drilling, "failed", said.join("; "), lines);
  return standing === "unfit" ? conclude(drilling, "undecided", said.join("; "), lines) : undefined;
}
