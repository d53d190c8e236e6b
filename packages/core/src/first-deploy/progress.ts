import { z } from "zod";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { PREPARATION } from "./prepare.ts";
import { RAISING } from "./raise.ts";
import { currentSince, done, type Founding, isFounding, isLate, isRaised, type Open, reachedAt, type Stage, unseen } from "./stages.ts";

/** Every stage that a topology has, in order. */
export const stagesOf = ({ topology }: Pick<Policy, "topology">): Stage[] =>
  [...PREPARATION, ...RAISING].filter(({ topologies }) => topologies.includes(topology));

/** The first stage that is not over, and how it stands; undefined when the fleet serves. Where not all can be seen, it is the last one that was reached. */
export function currentStage(facts: Founding, policy: Policy): { stage: Stage; standing: Open } | undefined {
  const stages = stagesOf(policy).filter(({ id }) => !isRaised(facts) || id === "fleet");
  const blind = unseen(facts);
  const last = stages.findLast((stage) => currentSince(facts, stage));
  if (blind && last) return { stage: last, standing: blind };
  for (const stage of stages) {
    const standing = stage.stand(facts, policy);
    if (standing.state !== "done") return { stage, standing };
  }
  return undefined;
}

/** One stage for people: over, current, or to come. */
export const StageView = z.object({
  id: z.string(),
  words: z.string(),
  state: z.enum(["done", "now", "later"]),
  since: z.coerce.date().nullable(),
  late: z.boolean(),
  because: z.string().nullable(),
  /** What a person has to do, or can do ahead of its turn. */
  todo: z.string().nullable(),
});
export type StageView = z.infer<typeof StageView>;

/** How far a first deploy is, for people; what they can do ahead of its turn stands there too. */
export function firstDeployView(facts: Founding, policy: Policy): StageView[] {
  const current = currentStage(facts, policy);
  const stages = stagesOf(policy);
  const now = stages.findIndex(({ id }) => id === current?.stage.id);
  return stages.map((stage, index) => {
    const standing = index === now && current ? current.standing : index < now ? done : stage.stand(facts, policy);
    const state = now < 0 || index < now ? ("done" as const) : index === now ? ("now" as const) : ("later" as const);
    const forPeople = standing.state === "wait" && standing.on === "people" ? standing : undefined;
    return {
      id: stage.id,
      words: stage.words,
      state,
      since: reachedAt(facts, stage) ?? null,
      late: state === "now" && isLate(facts, stage),
      because: state === "now" && standing.state !== "done" ? standing.because : state === "later" ? (forPeople?.because ?? null) : null,
      todo: state === "done" ? null : (forPeople?.todo ?? null),
    };
  });
}

/** Runs of one stage that fail before a person has to look. */
const TRIES = 3;

/** What failed on the current stage since it was reached, newest last. */
const failures = (facts: Founding, stage: Stage): string[] =>
  facts.attempts
    .filter(({ runbook, outcome, startedAt }) => runbook === "first-deploy" && outcome === "failed" && startedAt >= (currentSince(facts, stage) ?? facts.at))
    .map(({ because }) => because);

/** Whether another try may be made: the same failure over and over is no way on. */
export const mayTry = (facts: Founding, stage: Stage): boolean => failures(facts, stage).length < TRIES;

/** The current stage where it takes too long or fails over and over, in words; undefined where all goes well, or no first deploy is under way. */
export function standsStill(facts: FleetFacts, policy: Policy): string | undefined {
  const current = isFounding(facts) ? currentStage(facts, policy) : undefined;
  if (!current || !isFounding(facts)) return undefined;
  const { stage, standing } = current;
  const since = currentSince(facts, stage);
  if (!since) return undefined;
  const failed = failures(facts, stage);
  if (failed.length >= TRIES)
    return `"${stage.words}" failed ${failed.length} times, the last time: ${failed.at(-1)}; once that is mended, the runbook first-deploy goes on`;
  if (!isLate(facts, stage) && !(standing.state === "wait" && standing.failed)) return undefined;
  const todo = standing.state === "wait" && standing.todo ? `; to go on: ${standing.todo}` : "";
  return `"${stage.words}" has been waited for since ${since.toISOString()}: ${standing.because}${todo}`;
}
