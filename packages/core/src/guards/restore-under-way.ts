import { after } from "../apply/duration.ts";
import { restoringIn } from "../restore/standing.ts";
import type { Guard } from "./guard.ts";

/** While the data volume is being restored, what looks wrong with a server is its doing: nobody else takes one out of service. */
export const restoreUnderWay: Guard = (facts, intent, policy, now) => {
  const restoring = intent.disrupts && intent.runbook !== "restore-volume" ? restoringIn(facts) : undefined;
  return (
    restoring && {
      verdict: "wait",
      guard: "restore-under-way",
      until: after(now, policy.poll),
      because: `the restore ${restoring.record.id} is under way since ${restoring.record.startedAt.toISOString()}`,
    }
  );
};
