import { z } from "zod";
import { after } from "../apply/duration.ts";
import { BY_HAND } from "../retention/marks.ts";
import { runbook } from "./runbook.ts";
import { FREEZE, planOf, SNAPSHOT_SCOPE } from "./take-snapshots.ts";

const HOUR_MS = 3_600_000;

/** The second in which it is asked for, so that two requests are two snapshots; never one that is a schedule's. */
function ownSlot(at: Date): Date {
  const second = Math.floor(at.getTime() / 1000) * 1000;
  return new Date(second % HOUR_MS === 0 ? second - 1000 : second);
}

/** Kept for as long as the person says who asks for it. */
export const snapshotNow = runbook({
  id: "snapshot-now",
  summary: "Make a snapshot of the data volume now, beside those of the schedules, and keep it for some days.",
  input: z.strictObject({ keepDays: z.int().min(1).max(3650).default(30) }),
  changes: ["take-snapshots"],
  disrupts: false,
  scope: SNAPSHOT_SCOPE,
  topologies: ["single"],
  impact: FREEZE,
  plan: ({ keepDays }, facts, policy) => {
    const slot = ownSlot(facts.at);
    return planOf(facts, policy, { slot, schedules: [BY_HAND], dueAt: after(slot, { days: keepDays }), because: "somebody asked for it" });
  },
});
