import { z } from "zod";
import { hasDrill, nextOf } from "../proof/next.ts";
import { slotName } from "../snapshots/slots.ts";
import { type Plan, runbook } from "./runbook.ts";

/** What is due now, and no more: the next round does what is due then. */
export const proveRestore = runbook({
  id: "prove-restore",
  summary: "Restore a snapshot on a server of its own that serves nobody, look at what is on it, and remove both.",
  input: z.strictObject({
    snapshotId: z.string().optional(),
    /** Only brings to its end what is under way, and removes what was left. */
    goOn: z.boolean().default(false),
  }),
  changes: [
    "begin-drill",
    "ask-count",
    "make-copy",
    "write-drill-document",
    "launch-prover",
    "attach-copy",
    "converge-copy",
    "note-drill",
    "ask-proof",
    "conclude-drill",
    "mark-proof",
    "remove-drill",
  ],
  disrupts: false,
  scope: "drill",
  topologies: ["single"],
  impact: "None: what serves is asked how much it has, and nothing else. A second server and a second volume are paid for until it is over.",
  plan: ({ snapshotId, goOn }, facts, policy): Plan => {
    if (!hasDrill(facts)) return { steps: [], otherwise: [], impossible: "nobody has asked how far the drill is" };
    const next = nextOf(facts, policy);
    if (next) return { steps: next.standing.state === "act" ? next.standing.steps : [], otherwise: [] };
    if (goOn) return { steps: [], otherwise: [] };
    if (!facts.desired) return { steps: [], otherwise: [], impossible: "nothing is in effect that a server could become" };
    const of = { id: drillId(facts.at), snapshotId: snapshotId ?? null, volumeId: facts.dataVolume?.id ?? null };
    return { steps: [{ do: "begin-drill", ...of, because: "a backup is worth what its restore is" }], otherwise: [] };
  },
});

/** To the second, so that two drills have two names. */
const drillId = (at: Date): string => `${slotName(at)}${at.toISOString().slice(17, 19)}`;
