import { after } from "../apply/duration.ts";
import type { CommandReceipt } from "../fleet/probe.ts";
import { askAgain } from "./ask.ts";
import { act, conclude, type Drilling, done, type Stage, type StageStanding, wait } from "./standing.ts";
import { isLicensed, isOfService, isOfVolume, isSlow } from "./trouble.ts";
import { judgeData } from "./verdict.ts";
import { wantedOf } from "./wanted.ts";

/** A command that ended without a word: the node gives one ten minutes. */
const SILENT_AFTER = { minutes: 15 };
/** Failures that the node itself tells of, after which another try is no use. */
const IN_VAIN = 3;

/** What came of the commands so far, of those given since a moment. */
const receiptsSince = ({ probe }: Drilling, since: Date): CommandReceipt[] =>
  (probe?.receipts ?? []).filter(({ verb, at }) => verb === "converge" && at > since);

export const mount: Stage = {
  words: "the server mounts the copy and becomes what is in effect",
  stand: (drilling) => (drilling.record.look ? done : commanded(drilling, { since: new Date(0), start: false })),
};

/** Only once what was restored has been looked at: Package Manager makes databases, tables and files of its own. */
export const start: Stage = {
  words: "Package Manager is started on the copy",
  stand: (drilling) => {
    const { look, document, servedAt } = drilling.record;
    if (servedAt || !document?.starts) return done;
    return look ? commanded(drilling, { since: look.at, start: true }) : wait("nobody has looked at the copy yet");
  },
};

export const serve: Stage = {
  words: "Package Manager serves from the copy",
  stand: ({ record, probe }) => {
    if (record.servedAt || !record.document?.starts) return done;
    if (probe?.ping.kind === "answer" && probe.ping.status === 200)
      return act("it answers", { do: "note-drill", id: record.id, note: { servedAt: probe.at }, because: "so long a restore takes" });
    return wait("Package Manager does not answer yet");
  },
};

interface Order {
  /** Commands before that were for something else. */
  since: Date;
  start: boolean;
}

function commanded(drilling: Drilling, order: Order): StageStanding {
  const { probe, at, instance, record } = drilling;
  if (!probe || !instance) return wait("the server says nothing of itself yet");
  const receipts = receiptsSince(drilling, order.since);
  const last = receipts.at(-1);
  if (last?.outcome === "done") return done;
  if (last?.outcome === "running" && after(last.at, SILENT_AFTER) > at) return wait(`${instance.id} is at it`);
  const ended = inVain(drilling, receipts);
  if (ended) return ended;
  if (!record.document) return wait("nothing is written down that it could become");
  const because = order.start ? "the copy was looked at, and now it is to serve" : "it is looked at as the fleet would use it";
  return act("the server is told", { do: "converge-copy", instanceId: instance.id, document: record.document.pointer, start: order.start, because });
}

/** It is asked once what is on the copy, so that what is damaged has a name; what is slow has all the time that a drill has. */
function inVain(drilling: Drilling, receipts: readonly CommandReceipt[]): StageStanding | undefined {
  const ended = receipts.filter(({ outcome, because = "" }) => outcome !== "running" && !(outcome === "failed" && isSlow(because)));
  const last = ended.at(-1);
  if (!last || ended.length < IN_VAIN) return undefined;
  const { record, proof } = drilling;
  const isAnswered = record.asked !== null && record.asked.at > last.at && proof.kind !== "running";
  return isAnswered ? concluded(drilling, last) : askAgain({ ...drilling, proof: proof.kind === "running" ? proof : { kind: "not-asked" } }, AT_ONCE);
}

const AT_ONCE = { seconds: 1 };

/** By what is damaged; else by what the reason speaks of. What was refused was wrong before the copy was touched. */
function concluded(drilling: Drilling, { outcome, because = "it gives no reason" }: CommandReceipt): StageStanding {
  const report = drilling.proof.kind === "report" ? drilling.proof.report : undefined;
  const wanted = wantedOf(drilling.record);
  const judged = report?.data && wanted && report.volume === wanted.copyId ? judgeData(report, wanted) : undefined;
  const said = `the server ${outcome === "failed" ? "could not become what is in effect" : "refused to become what is in effect"}: ${because}`;
  if (judged?.standing === "failed") return conclude(drilling, "failed", `${judged.against.join("; ")}; ${said}`, judged.lines);
  const isOfCopy = outcome === "failed" && (isOfVolume(because) || (isOfService(because) && report !== undefined && isLicensed(report)));
  return conclude(drilling, isOfCopy ? "failed" : "undecided", said, judged?.lines);
}
