import { after } from "../apply/duration.ts";
import { look, proof } from "./looking.ts";
import { act, conclude, done, type Stage, wait } from "./standing.ts";
import { mount, serve, start } from "./starting.ts";

/** A minute at most, and the way there and back. */
const COUNTED_WITHIN = { minutes: 5 };
const COUNTED_AGAIN = { minutes: 1 };
/** Questions without an answer after which nothing is begun. */
const UNANSWERED = 3;

/** Before anything is made: a copy that nobody can hold against the fleet proves nothing. */
const count: Stage = {
  words: "the fleet's server says how much it has",
  stand: ({ record: { id, fleet, counted }, count: answer, server, at }) => {
    if (fleet) return done;
    if (counted && answer.kind === "report") {
      const { databases, storedFiles, repositories } = answer.report;
      return act("it has counted", { do: "note-drill", id, note: { fleet: { databases, storedFiles, repositories } }, because: "the copy is held against it" });
    }
    const patience = answer.kind === "running" ? COUNTED_WITHIN : COUNTED_AGAIN;
    if (counted && after(counted.at, patience) > at) return wait(`${counted.instanceId} counts`);
    if (counted && counted.number >= UNANSWERED)
      return conclude(
        { record: { id } },
        "undecided",
        `the fleet's server does not say how much it has: ${answer.kind === "unknown" ? answer.because : "no answer"}`,
      );
    if (!server) return wait("no server of the fleet is in service");
    return act("nobody has counted", { do: "ask-count", id, instanceId: server, number: (counted?.number ?? 0) + 1, because: "the copy is held against it" });
  },
};

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
    const { id, instanceId, copyId } = record;
    if (instanceId === null)
      return template && copyId !== null
        ? act("there is no server yet", { do: "launch-prover", id, copyId, template, because: "nobody may be served by it, so it is outside of the group" })
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

/** From the snapshot to its verdict, in order; each waits for the one before. */
export const TO_VERDICT: readonly Stage[] = [count, copy, document, launch, attach, mount, look, start, serve, proof];
