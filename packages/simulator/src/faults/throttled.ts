import type { CallFault } from "../account/account.ts";
import { AwsError } from "../account/operation.ts";
import type { SimulatedAccount } from "../simulated-account.ts";
import { chance } from "../world/chance.ts";
import type { Fault } from "./fault.ts";

const active = new WeakMap<SimulatedAccount, CallFault>();

/** Other callers of the account use up the API's request rates. */
export const throttled: Fault = {
  id: "throttled",
  summary: "A part of the functions' API calls is answered with a throttling error.",
  inject: (world, { functions, share = 0.3 } = {}) => {
    throttled.clear?.(world);
    const fault: CallFault = ({ principal: { functionName } }) => {
      if (functionName === undefined || (functions && !functions.includes(functionName)) || chance() >= share) return;
      throw new AwsError("Throttling", "Rate exceeded", 400);
    };
    active.set(world, fault);
    world.account.faults.add(fault);
  },
  clear: (world) => {
    const fault = active.get(world);
    if (fault) world.account.faults.delete(fault);
  },
};
