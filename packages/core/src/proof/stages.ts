import { after } from "../apply/duration.ts";
import type { CommandReceipt } from "../fleet/probe.ts";
import { askAgain } from "./ask.ts";
import { act, conclude, type Drilling, done, type Stage, type Standing, wait } from "./standing.ts";
import { judge } from "./verdict.ts";

const copy: Stage = {
  words: "a volume is made of the snapshot",
  stand: ({ record, copy: found }) => {
    const { id, snapshotId, copyId } = record;
    if (copyId === null) return act("there is no copy yet", { do: "make-copy", id, snapshotId, because: `${snapshotId} is to be proven` });
    if (!found) return wait(`EC2 does not show ${copyId}`);
    return USABLE.has(found.state) ? done : wait(`${copyId} is ${found.state}`);
  },
};

/** One on its way to a server has the state of its attachment. */
const USABLE: ReadonlySet<string> = new Set(["available", "in-use"]);

const document: Stage = {
  words: "what the copy's server is to be is written down",
  stand: ({ record: { id, copyId, document: written }, desired }) => {
    if (written) return done;
    if (!desired || copyId === null) return wait("nothing is in effect that the server could become");
    return act("nothing is written down yet", { do: "write-drill-document", id, copyId, of: desired, because: "the server becomes what it says" });
  },
};

const launch: Stage = {
  words: "a server of its own is launched",
  stand: ({ record, instance, template }) => {
    const { id, instanceId } = record;
    if (instanceId === null)
      return template
        ? act("there is no server yet", { do: "launch-prover", id, template, because: "nobody may be served by it, so it is outside of the group" })
        : wait("the group launches from no template that names its version");
    if (!instance) return wait(`EC2 does not show ${instanceId}`);
    return instance.state === "running" ? done : wait(`${instanceId} is ${instance.state}`);
  },
};

const attach: Stage = {
  words: "the copy is given to the server",
  stand: ({ instance, copy: found }) => {
    if (!found || !instance) return wait("EC2 shows one of the two no more");
    if (found.attachedTo === instance.id) return done;
    if (found.state !== "available") return wait(`${found.id} is ${found.state}`);
    return act("nobody has it yet", { do: "attach-copy", copyId: found.id, instanceId: instance.id, because: `${instance.id} looks at it` });
  },
};

/** A command that ended without a word: the node gives one ten minutes. */
const SILENT_AFTER = { minutes: 15 };
/** Failures that the node itself tells of, after which another try is no use. */
const TRIES = 3;

const converge: Stage = {
  words: "the server mounts the copy and becomes what is in effect",
  stand: (drilling) => {
    const { probe, at, instance } = drilling;
    if (!probe || !instance) return wait("the server says nothing of itself yet");
    const receipts = probe.receipts.filter(({ verb }) => verb === "converge");
    const last = receipts.at(-1);
    if (last?.outcome === "done") return done;
    if (last?.outcome === "running" && after(last.at, SILENT_AFTER) > at) return wait(`${instance.id} mounts the copy`);
    return inVain(drilling, receipts) ?? begin(drilling, instance.id);
  },
};

/** What was refused was wrong before the copy was touched, so nothing is said of the snapshot by it. */
function inVain(drilling: Drilling, receipts: readonly CommandReceipt[]): Standing | undefined {
  const ended = receipts.filter(({ outcome }) => outcome !== "running");
  const last = ended.at(-1);
  if (!last || ended.length < TRIES) return undefined;
  const said = `the server ${last.outcome === "failed" ? "could not become what is in effect" : "refused to become what is in effect"}: ${last.because ?? "it gives no reason"}`;
  return conclude(drilling, last.outcome === "failed" ? "failed" : "undecided", said);
}

const begin = ({ record: { document: written } }: Drilling, instanceId: string): Standing =>
  written
    ? act("the copy is not mounted yet", { do: "converge-copy", instanceId, document: written.pointer, because: "it is looked at as the fleet would use it" })
    : wait("nothing is written down that it could become");

const serve: Stage = {
  words: "Package Manager serves from the copy",
  stand: ({ record, probe }) => {
    if (record.servedAt || !record.document?.starts) return done;
    if (probe?.ping.kind === "answer" && probe.ping.status === 200)
      return act("it answers", { do: "note-drill", id: record.id, note: { servedAt: probe.at }, because: "so long a restore takes" });
    return wait("Package Manager does not answer yet", { against: ["Package Manager does not answer on the copy"] });
  },
};

const proof: Stage = {
  words: "the server says what is on the copy",
  stand: (drilling) => {
    const { record, proof: answer } = drilling;
    if (answer.kind !== "report" || !record.document || record.copyId === null) return askAgain(drilling, { minutes: 1 });
    const { standing, lines, against } = judge(answer.report, { ...record.document, copyId: record.copyId });
    if (standing === "open") return askAgain(drilling, { minutes: 1 }, against);
    return conclude(drilling, standing, standing === "proven" ? `${record.snapshotId} was restored` : against.join("; "), lines);
  },
};

/** From the snapshot to its verdict, in order; each waits for the one before. */
export const PROVING: readonly Stage[] = [copy, document, launch, attach, converge, serve, proof];
