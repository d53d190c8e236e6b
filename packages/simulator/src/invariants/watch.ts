import { AwsError, type ServiceId } from "../account/operation.ts";
import type { Principal } from "../account/principal.ts";
import type { Deployed } from "../deploy/deploy.ts";
import type { SimulatedAccount } from "../simulated-account.ts";
import { servingNodes } from "./fleet.ts";
import type { CallSeen } from "./invariant.ts";
import { INVARIANTS } from "./registry.ts";

/** Something that should never have been. */
export interface Violation {
  at: Date;
  invariant: string;
  what: string;
}

export interface Watch {
  /** In the order in which they were found; the same sentence is told once. */
  readonly violations: readonly Violation[];
  /** How often the world was looked at. */
  readonly checks: () => number;
  stop: () => void;
}

/** Between events the world is looked at this often, for what lasts too long. */
const EVERY_MS = 10_000;

/** Checks every invariant at once, then after every API call, every event on a bus, and every ten seconds of the world's time. */
export function watchInvariants(world: SimulatedAccount, deployed: Deployed): Watch {
  const checks = INVARIANTS.map(({ id, watch }) => ({ id, check: watch() }));
  const violations = new Map<string, Violation>();
  let [count, watching] = [0, true];
  const look = (call?: CallSeen): void => {
    if (!watching) return;
    count++;
    const moment = { world, deployed, now: new Date(), ...(call && { call }) };
    for (const { id, check } of checks)
      for (const what of check(moment)) violations.set(`${id}: ${what}`, violations.get(`${id}: ${what}`) ?? { at: moment.now, invariant: id, what });
  };
  const timer = setInterval(() => look(), EVERY_MS);
  world.events.watch(() => look());
  const unhook = afterEveryCall(world, deployed, look);
  look();
  return {
    get violations() {
      return [...violations.values()];
    },
    checks: () => count,
    stop: () => {
      watching = false;
      clearInterval(timer);
      unhook();
    },
  };
}

/** Stands before the account's door; answers how to leave it. */
function afterEveryCall(world: SimulatedAccount, deployed: Deployed, tell: (call: CallSeen) => void): () => void {
  const { account } = world;
  const inner = account.call;
  account.call = async (principal: Principal, service: ServiceId, operation: string, input: unknown, ...more) => {
    const seen: CallSeen = { principal, service, operation, input, servingBefore: principal.functionName ? servingNodes(world, deployed) : [] };
    try {
      return await inner.call(account, principal, service, operation, input, ...more);
    } catch (error) {
      if (error instanceof AwsError) seen.error = error.code;
      throw error;
    } finally {
      tell(seen);
    }
  };
  return () => {
    account.call = inner;
  };
}
