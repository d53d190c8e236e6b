import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { approvalRequired } from "./approval-required.ts";
import { backupsWanted } from "./backups-wanted.ts";
import { bootGrace } from "./boot-grace.ts";
import { calmServer } from "./calm-server.ts";
import { fleetLease } from "./fleet-lease.ts";
import { frozenVolume } from "./frozen-volume.ts";
import { groupIsReplacing } from "./group-is-replacing.ts";
import type { Guard, Intent, Objection } from "./guard.ts";
import { lastServingNode } from "./last-serving-node.ts";
import { restoreUnderWay } from "./restore-under-way.ts";
import { retryBudget } from "./retry-budget.ts";
import { serverVolume } from "./server-volume.ts";
import { sharedCause } from "./shared-cause.ts";
import { staleFacts } from "./stale-facts.ts";
import { switchOff } from "./switch-off.ts";

/** Most cautious first. */
export const GUARDS: readonly Guard[] = [
  switchOff,
  staleFacts,
  approvalRequired,
  restoreUnderWay,
  sharedCause,
  groupIsReplacing,
  fleetLease,
  frozenVolume,
  backupsWanted,
  calmServer,
  serverVolume,
  lastServingNode,
  bootGrace,
  retryBudget,
];

/** Asked again right before each step of a run under way, when the world may have turned. */
export const STEP_GUARDS: readonly Guard[] = [
  switchOff,
  staleFacts,
  approvalRequired,
  restoreUnderWay,
  sharedCause,
  frozenVolume,
  backupsWanted,
  serverVolume,
  lastServingNode,
];

/** The first objection, or none. */
export function objectionTo(facts: FleetFacts, intent: Intent, policy: Policy, now: Date, guards: readonly Guard[] = GUARDS): Objection | undefined {
  for (const guard of guards) {
    const objection = guard(facts, intent, policy, now);
    if (objection) return objection;
  }
  return undefined;
}
