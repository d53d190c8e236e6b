import type { z } from "zod";
import type { Proposal } from "../approval/stored-plan.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import type { SnapshotFacts } from "../retention/snapshot.ts";
import type { TopologyKind } from "../topology/topology.ts";
import type { Change, Step } from "./steps.ts";

export const RUNBOOK_IDS = [
  "restart-service",
  "replace-node",
  "admit-node",
  "admit-server",
  "retire-node",
  "first-deploy",
  "take-snapshots",
  "snapshot-now",
  "prune-snapshots",
  "lock-snapshots",
  "copy-snapshots",
  "prune-copies",
  "prove-restore",
  "restore-volume",
  "confirm-restore",
  "prune-images",
] as const;
export type RunbookId = (typeof RUNBOOK_IDS)[number];

/** What will be done, in order, and what is done instead when a step can't be finished. */
export interface Plan {
  steps: Step[];
  otherwise: Step[];
  /** Why nothing can be done as things are; then there are no steps, and the run has failed. */
  impossible?: string;
}

/** A document that operators can read and Steward can do: words, input, the changes it may make, its steps. */
export interface Runbook<Schema extends z.ZodType = z.ZodType> {
  id: RunbookId;
  summary: string;
  input: Schema;
  /** Every kind of change that it may make; its rights follow from this. */
  changes: readonly Change[];
  /** Takes a node out of service for a moment or for good, so it needs the fleet to itself. */
  disrupts: boolean;
  /** Name of the lease that runs of it share, where that is neither the fleet's nor its node's. */
  scope?: string;
  /** Where it may run: nothing that puts another server in the place of one may, where the one has the only copy of its data on a volume. */
  topologies: readonly TopologyKind[];
  /** What users notice, in one sentence. */
  impact: string;
  /** Where a person has to approve it first: what would be done, with every choice made; a sentence where nothing can be. */
  propose?: (input: z.infer<Schema>, seen: { fleet: FleetFacts; snapshots: SnapshotFacts }) => Proposal | string;
  plan: (input: z.infer<Schema>, facts: FleetFacts, policy: Policy) => Plan;
}

export const runbook = <Schema extends z.ZodType>(definition: Runbook<Schema>): Runbook<Schema> => definition;
