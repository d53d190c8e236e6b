import { after } from "../apply/duration.ts";
import { askAgain } from "./ask.ts";
import { marked } from "./marking.ts";
import { act, type Drilling, done, type Stage, type StageStanding } from "./standing.ts";

/** Reading a whole volume takes long. */
const ASKED_EVERY = { minutes: 15 };

/** How long a restore is slow; only for one that is proven, and not for ever. */
const loaded: Stage = {
  words: "the whole copy is read",
  stand: (drilling) => {
    const { record, proof, at, loadWithin } = drilling;
    if (record.state !== "proven" || record.loadedAt || (record.decidedAt && after(record.decidedAt, loadWithin) <= at)) return done;
    if (proof.kind === "report" && proof.report.loaded.state === "failed") return done;
    if (proof.kind === "report" && proof.report.loaded.state === "done")
      return act("every block was read", {
        do: "note-drill",
        id: record.id,
        note: { loadedAt: proof.report.loaded.until ?? proof.report.at },
        because: "from then on it is as fast as the fleet's",
      });
    const asks = isLost(drilling) ? done : askAgain(drilling, ASKED_EVERY);
    return asks.state === "wait" ? { ...asks, because: "the copy is being read to its end" } : asks;
  },
};

/** Nobody reads it any more. */
const isLost = ({ instance }: Drilling): boolean => instance?.state !== "running";

/** Everything that it made goes, whatever came of it; the volume once its server has let go of it. */
const removed: Stage = {
  words: "everything that it made is removed",
  stand: ({ record: { id }, made: { instanceIds, volumeIds } }) =>
    instanceIds.length + volumeIds.length > 0 ? act("it has served", { do: "remove-drill", instanceIds, volumeIds, because: `${id} is decided` }) : done,
};

const ended: Stage = {
  words: "nothing is left of it",
  stand: ({ record: { id }, at }): StageStanding =>
    act("nothing is left", { do: "note-drill", id, note: { endedAt: at }, because: "nothing that it made is left" }),
};

/** Not ended yet. */
export const isThere = ({ state }: { state: string }): boolean => state !== "terminated";

/** From the verdict to the end, in order. */
export const ENDING: readonly Stage[] = [marked, loaded, removed, ended];
