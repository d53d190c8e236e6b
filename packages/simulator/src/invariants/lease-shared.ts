import type { Invariant, Moment } from "./invariant.ts";
import { type HeldLease, heldLeases, isRunning } from "./ledger.ts";

export const leaseShared: Invariant = {
  id: "lease-shared",
  sentence: "No lease passes to another run while its holder runs and its time is not over, and no epoch has two holders.",
  watch: () => {
    const last = new Map<string, HeldLease>();
    return (moment) => {
      const now = heldLeases(moment);
      const problems = now.flatMap((lease) => judge(moment, last.get(lease.scope), lease));
      for (const scope of [...last.keys()].filter((key) => !now.some((lease) => lease.scope === key))) last.set(scope, released(last.get(scope)));
      for (const lease of now) last.set(lease.scope, lease);
      return problems;
    };
  },
};

/** A lease that was let go keeps only its epoch: the next holder may come at any time, with a higher one. */
const released = (lease: HeldLease | undefined): HeldLease => ({ scope: lease?.scope ?? "", execution: "", epoch: lease?.epoch ?? 0, expiresAt: new Date(0) });

function judge(moment: Moment, before: HeldLease | undefined, after: HeldLease): string[] {
  if (!before || before.execution === after.execution) return [];
  const problems: string[] = [];
  if (after.epoch <= before.epoch)
    problems.push(`the lease ${after.scope} has a new holder, ${after.execution}, with epoch ${after.epoch} after ${before.epoch}`);
  if (before.expiresAt > moment.now && isRunning(moment, before.execution))
    problems.push(`the lease ${after.scope} went to ${after.execution} while ${before.execution} held it`);
  return problems;
}
