import type { CallFault } from "../account/account.ts";
import type { Fault } from "./fault.ts";

/** Longer than any timer on the server that lets the volume go. */
const AWAY_MS = 60_000;

/** Whoever asks for the set stands between the freeze and the thaw; EC2 makes it, and nobody hears so. */
export const killedFrozen: Fault = {
  id: "killed-frozen",
  summary: "The function that makes the next set of snapshots dies as it asks for it, with the volume frozen, and again at every start for a minute.",
  inject: ({ account, lambda }) => {
    const fault: CallFault = ({ operation, principal: { functionName } }) => {
      if (operation !== "CreateSnapshots" || functionName === undefined) return;
      account.faults.delete(fault);
      const before = lambda.faults.killInvocation;
      lambda.faults.killInvocation = (invocation) => (invocation.functionName === functionName ? 1 : before?.(invocation));
      lambda.killAll(functionName);
      setTimeout(() => {
        if (before) lambda.faults.killInvocation = before;
        else delete lambda.faults.killInvocation;
      }, AWAY_MS);
    };
    account.faults.add(fault);
  },
};
