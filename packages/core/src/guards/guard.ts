import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import type { RunbookId } from "../runbooks/runbook.ts";

export const GUARD_IDS = [
  "switch-off",
  "stale-facts",
  "approval-required",
  "restore-under-way",
  "shared-cause",
  "group-is-replacing",
  "fleet-lease",
  "frozen-volume",
  "backups-wanted",
  "calm-server",
  "server-volume",
  "last-serving-node",
  "boot-grace",
  "retry-budget",
  "blast-radius",
  "nothing-left-to-try",
] as const;
export type GuardId = (typeof GUARD_IDS)[number];

/** Stands in the place of a node where something is aimed at none. */
export const THE_FLEET = "the fleet";

/** What somebody is about to do, as far as a guard needs to know. */
export interface Intent {
  runbook: RunbookId;
  /** The node it is aimed at, or `THE_FLEET`. */
  instanceId: string;
  /** Takes a node out of service for a moment or for good. */
  disrupts: boolean;
  /** Who means to do it: the holder of a lease does not stand in its own way. */
  execution: string | null;
  /** Our own unfinished change of this node: what the group does now is our doing. */
  resumes: boolean;
  /** Hash of the plan that a person has approved, where the runbook asks for that. */
  approval?: string;
}

/** A guard's objection: wait until a time, or refuse and tell a human. Absent means it has none. */
export type Objection = { verdict: "wait"; guard: GuardId; until: Date; because: string } | { verdict: "refuse"; guard: GuardId; because: string };

/** A pure check; most cautious first in the registry. Same facts, same verdict. */
export type Guard = (facts: FleetFacts, intent: Intent, policy: Policy, now: Date) => Objection | undefined;
