import { differences, findNode, isServing } from "../fleet/standing.ts";
import type { Step } from "../runbooks/steps.ts";
import { names } from "../topology/names.ts";
import { isMarked } from "./marked.ts";
import { formerServers, isElsewhere, isInEffect, notFenced, type Restoring, volumeIn, waitingWithFormer } from "./standing.ts";

/** How a stage stands: over, something is to be done, or it waits. */
type Standing = { state: "done" } | { state: "act"; because: string; steps: Step[] } | { state: "wait"; because: string };

/** A stage that is not over. */
export type Open = Exclude<Standing, { state: "done" }>;

/** One stage: what it is, and how it stands by the facts alone. */
export interface Stage {
  words: string;
  stand: (restoring: Restoring) => Standing;
}

const done: Standing = { state: "done" };
export const act = (because: string, ...steps: Step[]): Open => ({ state: "act", because, steps });
const wait = (because: string): Standing => ({ state: "wait", because });

const volume: Stage = {
  words: "the volume is there",
  stand: ({ record, facts }) => {
    const { id, from, volumeId, formerId } = record;
    if (volumeId === null && from.kind === "snapshot")
      return act("there is no volume of the snapshot yet", {
        do: "make-restore-volume",
        id,
        snapshotId: from.snapshotId,
        like: formerId,
        because: `${from.snapshotId} is to be restored`,
      });
    const found = volumeIn(facts, volumeId);
    if (!found) return wait(`EC2 does not show ${volumeId}`);
    if (isElsewhere(facts, found)) return wait(`${found.id} is with ${found.attachedTo}, which is no server of the fleet: it has to be let go of first`);
    return USABLE.has(found.state) ? done : wait(`${found.id} is ${found.state}`);
  },
};

/** One on its way to a server has the state of its attachment. */
const USABLE: ReadonlySet<string> = new Set(["available", "attaching", "in-use"]);

const document: Stage = {
  words: "what is to be in effect is written down",
  stand: ({ record: { id, volumeId, desired: written }, facts }) => {
    const { desired } = facts;
    if (!desired || volumeId === null) return wait("nothing is in effect that could be changed");
    if (isInEffect(facts, volumeId) || written?.revision === desired.revision + 1) return done;
    return act("nothing names the volume yet", { do: "write-restore-document", id, volumeId, of: desired, because: "servers mount what it names" });
  },
};

/** Before anybody is ended: whoever comes from then on waits for this volume, and starts with no other. */
const effect: Stage = {
  words: "the volume is in effect",
  stand: ({ record: { volumeId, desired: state }, facts }) => {
    if (!state || volumeId === null || isInEffect(facts, volumeId)) return done;
    return act("another volume is in effect", { do: "commit-desired", state, because: "no server gets another volume from then on" });
  },
};

const marks: Stage = {
  words: "the volumes are marked",
  stand: ({ record, facts }) => {
    const { id, volumeId, kept } = record;
    if (volumeId === null || isMarked(record, facts)) return done;
    return act("people could not tell them apart", { do: "mark-volumes", id, volumeId, kept, because: "nobody should take the one for the other" });
  },
};

/** Through its group, with what a server does before it goes; nothing is taken from it. */
const fence: Stage = {
  words: "the former server has let go of its volume",
  stand: (restoring) => {
    const { stage } = restoring.facts;
    const ended = formerServers(restoring).map(({ instanceId }): Step => ({ do: "end-server", instanceId, because: "it serves what is to be replaced" }));
    const because = "it has a volume that is not in effect any more";
    const sentAway = waitingWithFormer(restoring).map(
      ({ instanceId }): Step => ({ do: "complete-lifecycle", instanceId, hook: names(stage).launchHook, result: "ABANDON", because }),
    );
    if (ended.length + sentAway.length > 0) return act("a server is there that has not got the volume", ...ended, ...sentAway);
    const open = notFenced(restoring);
    return open === undefined ? done : wait(open);
  },
};

const serve: Stage = {
  words: "a server serves from the volume, and is as desired",
  stand: ({ record: { volumeId }, facts }) => {
    const holder = volumeIn(facts, volumeId)?.attachedTo;
    const node = holder ? findNode(facts, holder) : undefined;
    if (!holder || !node) return wait("the group brings a server, which gets the volume");
    if (!isServing(node)) return wait(`${holder} is ${node.lifecycle ?? "not of the group"} and does not serve yet`);
    const open = differences(node, facts.desired);
    if (open.length > 0) return wait(`${holder}: ${open.join(", ")}`);
    return facts.address?.instanceId === holder ? done : wait(`the address is with ${facts.address?.instanceId ?? "nobody"}, not with ${holder}`);
  },
};

/** From the approved plan to a server that serves what was restored, in order; each waits for the one before. */
export const RESTORING: readonly Stage[] = [volume, document, effect, marks, fence, serve];
