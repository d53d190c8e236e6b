import { after } from "../apply/duration.ts";
import type { Duration } from "../apply/run.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import type { Step } from "../runbooks/steps.ts";
import type { TopologyKind } from "../topology/topology.ts";
import type { FirstDeployFacts, StageId } from "./facts.ts";

/** How a stage stands: over, something is to be done, or it waits, and for whom. `todo` says what a person has to do; `failed`, that there is no time to lose. */
export type Standing =
  | { state: "done" }
  | { state: "act"; because: string; steps: Step[] }
  | { state: "wait"; on: "machine" | "people"; because: string; todo: string | null; failed: boolean };

/** A stage that is not over. */
export type Open = Exclude<Standing, { state: "done" }>;

/** Facts of a fleet on which a first deploy is under way. */
export type Founding = FleetFacts & { firstDeploy: FirstDeployFacts };

/** Whether a first deploy is under way: then the fleet is no fleet yet, and what it lacks is no incident. */
export const isFounding = (facts: FleetFacts): facts is Founding => facts.firstDeploy !== null;

/** One stage: what it is, where it applies, in what time it ends, and how it stands by the facts alone. */
export interface Stage {
  id: StageId;
  words: string;
  topologies: readonly TopologyKind[];
  within: Duration;
  stand: (facts: Founding, policy: Policy) => Standing;
}

export const done: Standing = { state: "done" };
export const act = (because: string, ...steps: Step[]): Open => ({ state: "act", because, steps });
export const wait = (because: string): Open => ({ state: "wait", on: "machine", because, todo: null, failed: false });
export const ask = (because: string, todo: string): Open => ({ state: "wait", on: "people", because, todo, failed: false });
/** Something has failed, and nothing but a person helps: it is told at once. */
export const help = (because: string, todo: string): Open => ({ state: "wait", on: "people", because, todo, failed: true });

/** How every stage stands while something that only a first deploy needs to know can't be read; undefined where all was read. */
export const unseen = ({ firstDeploy: { unread } }: Founding): Open | undefined =>
  unread.length === 0 ? undefined : wait(`I can't see enough: ${unread.map(({ what, because }) => `${what} (${because})`).join("; ")}`);

/** Whether the fleet was raised from its first node: what comes before is over for good, and a later deploy changes nothing of it. */
export const isRaised = ({ firstDeploy }: Founding): boolean => firstDeploy.record.reached.fleet !== undefined;

/** When a stage was the current one last; undefined where nobody has noted it yet. */
export const reachedAt = ({ firstDeploy }: Founding, { id }: Stage): Date | undefined => firstDeploy.record.reached[id];

/** Since when a stage is the current one; undefined where nobody has noted it yet, or where another was noted since: one that is come back to has its time anew. */
export function currentSince(facts: Founding, stage: Stage): Date | undefined {
  const since = reachedAt(facts, stage);
  return since && Object.values(facts.firstDeploy.record.reached).every((at) => at <= since) ? since : undefined;
}

/** Whether a stage has taken longer than it may. */
export function isLate(facts: Founding, stage: Stage): boolean {
  const since = currentSince(facts, stage);
  return since !== undefined && after(since, stage.within) < facts.at;
}
