import type { ServiceId } from "../account/operation.ts";
import type { Principal } from "../account/principal.ts";
import type { Deployed } from "../deploy/deploy.ts";
import type { SimulatedAccount } from "../simulated-account.ts";

/** An API call that has just ended, and who served before it began. */
export interface CallSeen {
  principal: Principal;
  service: ServiceId;
  operation: string;
  input: unknown;
  /** Code of the error, where it ended in one. */
  error?: string;
  servingBefore: string[];
}

/** One moment at which the world is looked at. */
export interface Moment {
  world: SimulatedAccount;
  deployed: Deployed;
  now: Date;
  call?: CallSeen;
}

/** Says what is wrong at this moment, one sentence per violation. */
export type Check = (moment: Moment) => string[];

/** Something that holds in every world, whatever goes wrong in it. */
export interface Invariant {
  id: string;
  sentence: string;
  /** Begins to watch one world; the check may remember what it has seen. */
  watch: () => Check;
}
