import { z } from "zod";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { hasDatabaseDrill, nextOfDatabase } from "../proof/database/next.ts";
import { hasDrill, type Next, nextOf } from "../proof/next.ts";
import { slotName } from "../snapshots/slots.ts";
import { type Plan, runbook } from "./runbook.ts";
import type { Change, Step } from "./steps.ts";

/** What a drill of a single server changes. */
export const VOLUME_DRILL = [
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
] as const satisfies readonly Change[];

/** What a drill of a pair changes. */
export const DATABASE_DRILL = [
  "begin-database-drill",
  "restore-database",
  "check-bucket",
  "ask-database-proof",
  "conclude-database-drill",
  "keep-proven",
  "remove-database-drill",
  "end-database-drill",
] as const satisfies readonly Change[];

/** What is due now, and no more: the next round does what is due then. */
export const proveRestore = runbook({
  id: "prove-restore",
  summary: "Restore a snapshot where it serves nobody, look at what is in it, and remove what was made for that.",
  input: z.strictObject({
    snapshotId: z.string().optional(),
    /** Only brings to its end what is under way, and removes what was left. */
    goOn: z.boolean().default(false),
  }),
  changes: [...VOLUME_DRILL, ...DATABASE_DRILL],
  disrupts: false,
  scope: "drill",
  topologies: ["single", "ha"],
  impact:
    "None: what serves is asked how much it has, and nothing else. A second server with a second volume, or in a pair a second database, is paid for until it is over.",
  plan: ({ snapshotId, goOn }, facts, policy): Plan => {
    const drill = drillIn(facts, policy);
    if (!drill) return { steps: [], otherwise: [], impossible: "nobody has asked how far the drill is" };
    const { next } = drill;
    if (next) return { steps: next.standing.state === "act" ? next.standing.steps : [], otherwise: [] };
    if (goOn) return { steps: [], otherwise: [] };
    if (!facts.desired) return { steps: [], otherwise: [], impossible: "nothing is in effect that a server could become" };
    return { steps: [drill.begin(snapshotId ?? null)], otherwise: [] };
  },
});

/** A drill of either topology: what is next, how one is begun, and the newest one on the ledger. */
interface Drill {
  next: Next | undefined;
  begin: (snapshotId: string | null) => Step;
  record: { key: string; state: string } | null;
}

/** The drill that the facts are about; undefined where nobody has asked how far it is. */
export function drillIn(facts: FleetFacts, policy: Policy): Drill | undefined {
  const of = { id: drillId(facts.at), because: "a backup is worth what its restore is" };
  if (hasDatabaseDrill(facts))
    return {
      next: nextOfDatabase(facts, policy),
      begin: (snapshotId) => ({ do: "begin-database-drill", ...of, snapshotId }),
      record: facts.databaseDrill.record,
    };
  if (!hasDrill(facts)) return undefined;
  const volumeId = facts.dataVolume?.id ?? null;
  return { next: nextOf(facts, policy), begin: (snapshotId) => ({ do: "begin-drill", ...of, snapshotId, volumeId }), record: facts.drill.record };
}

/** To the second, so that two drills have two names. */
const drillId = (at: Date): string => `${slotName(at)}${at.toISOString().slice(17, 19)}`;
