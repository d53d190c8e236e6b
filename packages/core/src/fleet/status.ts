import { z } from "zod";
import { firstDeployView, StageView } from "../first-deploy/progress.ts";
import { isFounding } from "../first-deploy/stages.ts";
import { Incident } from "../incidents/incident.ts";
import { RunRecord } from "../incidents/run-record.ts";
import { ProofView } from "../proof/view.ts";
import { FleetFacts, NodeFacts, Switch } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { isServing } from "./standing.ts";

/** What a person sees who asks how a stage is. */
export const StatusReport = z.object({
  stage: z.string(),
  at: z.coerce.date(),
  topology: z.enum(["single", "ha"]),
  /** Nodes that should serve, and those that do. */
  capacity: z.int(),
  serving: z.int(),
  switch: Switch,
  /** Stages of a first deploy; null unless one is under way. */
  firstDeploy: z.array(StageView).nullable(),
  group: FleetFacts.shape.group,
  nodes: z.array(NodeFacts.extend({ serving: z.boolean() }).omit({ probe: true })),
  database: FleetFacts.shape.database,
  incidents: z.array(Incident),
  /** Runs under way. */
  runs: z.array(RunRecord),
  unread: FleetFacts.shape.unread,
  /** When a restore was last proven, and with what numbers; null where no drills of ours say so. An older function does not tell. */
  proof: ProofView.nullable().default(null),
});
export type StatusReport = z.infer<typeof StatusReport>;

/** How a stage is, by its facts and by what the ledger knows of proofs. */
export function statusOf(facts: FleetFacts, policy: Policy, proof: ProofView | null = null): StatusReport {
  const { stage, at, group, database, incidents, unread } = facts;
  const nodes = facts.nodes.map(({ probe: _probe, ...node }) => ({ ...node, serving: isServing({ ...node, probe: _probe }) }));
  return {
    stage,
    at,
    topology: policy.topology,
    capacity: policy.capacity,
    serving: nodes.filter(({ serving }) => serving).length,
    switch: facts.switch,
    firstDeploy: isFounding(facts) ? firstDeployView(facts, policy) : null,
    group,
    nodes,
    database,
    incidents,
    runs: facts.runs.filter(({ endedAt }) => endedAt === null),
    unread,
    proof,
  };
}

/** Whether nobody has to look: enough nodes serve, nothing is open, everything could be read. */
export const isWell = ({ serving, capacity, firstDeploy, incidents, unread }: StatusReport): boolean =>
  serving >= capacity && firstDeploy === null && incidents.length === 0 && unread.length === 0;
