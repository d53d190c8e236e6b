import { after } from "../apply/duration.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { ENDING, isThere } from "./after-verdict.ts";
import { ANSWERED_WITHIN } from "./ask.ts";
import type { DrillFacts } from "./facts.ts";
import { markingOf } from "./marking.ts";
import { TO_VERDICT } from "./stages.ts";
import { act, conclude, type Drilling, type Open, type Stage, type StageStanding } from "./standing.ts";
import { answers, judge } from "./verdict.ts";
import { wantedOf } from "./wanted.ts";

/** Facts of a stage of which somebody has asked after drills. */
export type WithDrill = FleetFacts & { drill: DrillFacts };

/** Whether anybody looked at drills. */
export const hasDrill = (facts: FleetFacts): facts is WithDrill => facts.drill !== null;

/** From the beginning to the verdict: a look through a large database on a volume that is still slow takes several tries. */
const DECIDED_WITHIN = { hours: 4 };
/** Runs that fail before the drill is given up. */
const FAILED_RUNS = 5;

/** What a drill is at, and how that stands. */
export interface Next {
  words: string;
  standing: Open;
}

/**
 * What is next: to remove what an earlier drill left, then to take the one that is under way further, or to put the verdict of the last one
 * onto its snapshot; undefined where there is none of these.
 */
export function nextOf(facts: WithDrill, policy: Policy): Next | undefined {
  const { instanceIds, volumeIds } = leftovers(facts.drill);
  if (instanceIds.length + volumeIds.length > 0) {
    const standing = act("nobody needs it any more", { do: "remove-drill", instanceIds, volumeIds, because: "an earlier drill left it" });
    return { words: "what an earlier drill left is removed", standing };
  }
  const drilling = drillingOf(facts, policy);
  if (!drilling) return markingOf(facts);
  return drilling.record.state === "under-way" ? proving(drilling) : first(ENDING, drilling);
}

/** Ids of what carries the drills' tag and belongs to none that is under way: whoever made it is not coming back for it. */
export function leftovers({ record, instances, volumes }: DrillFacts): { instanceIds: string[]; volumeIds: string[] } {
  const own = record?.endedAt === null ? record.id : undefined;
  const isLeft = ({ drillId }: { drillId: string | null }) => drillId === null || drillId !== own;
  return {
    instanceIds: instances.filter((instance) => isLeft(instance) && isThere(instance)).map(({ id }) => id),
    volumeIds: volumes.filter(isLeft).map(({ id }) => id),
  };
}

function drillingOf({ drill, at, desired, group, nodes, attempts }: WithDrill, { keeping }: Policy): Drilling | undefined {
  const { record, instances, volumes, probe, proof, count } = drill;
  if (!record || record.endedAt) return undefined;
  const own = <T extends { drillId: string | null }>(all: readonly T[]) => all.filter(({ drillId }) => drillId === record.id);
  const failed = attempts.filter(({ runbook, outcome, startedAt }) => runbook === "prove-restore" && outcome === "failed" && startedAt >= record.startedAt);
  return {
    record,
    at,
    instance: own(instances).find(({ id }) => id === record.instanceId),
    copy: own(volumes).find(({ id }) => id === record.copyId),
    made: {
      instanceIds: own(instances)
        .filter(isThere)
        .map(({ id }) => id),
      volumeIds: own(volumes).map(({ id }) => id),
    },
    server: nodes.find(({ lifecycle }) => lifecycle === "InService")?.instanceId,
    count,
    probe,
    proof,
    desired,
    template: group.template,
    failures: failed.map(({ because }) => because),
    failuresSinceVerdict: failed.filter(({ startedAt }) => record.decidedAt !== null && startedAt >= record.decidedAt).length,
    loadWithin: { hours: keeping.snapshots?.proof.loadWithinHours ?? 0 },
  };
}

const first = (stages: readonly Stage[], drilling: Drilling): Next | undefined =>
  stages.reduce<Next | undefined>((found, { words, stand }) => found ?? open(words, stand(drilling)), undefined);

const open = (words: string, standing: StageStanding): Next | undefined => (standing.state === "done" ? undefined : { words, standing });

function proving(drilling: Drilling): Next | undefined {
  const next = first(TO_VERDICT, drilling);
  if (!next || isConclusion(next.standing)) return next;
  const standing = givenUp(drilling, next);
  return standing ? { words: "the drill is given up", standing } : next;
}

const isConclusion = (standing: Open): boolean => standing.state === "act" && standing.steps.some((step) => step.do === "conclude-drill");

/** What keeps it from ever coming to a verdict, as one; a fault that is none of the snapshot's says nothing of it. */
function givenUp(drilling: Drilling, { words, standing }: Next): Open | undefined {
  const { record, instance, copy, failures } = drilling;
  if (instance && ENDED.has(instance.state)) return conclude(drilling, "undecided", `${instance.id} is ${instance.state}, and nobody meant that`);
  if (copy?.state === "error") return conclude(drilling, "undecided", `EC2 could not make ${copy.id}`);
  if (failures.length >= FAILED_RUNS) return conclude(drilling, "undecided", `"${words}" failed ${failures.length} times, the last time: ${failures.at(-1)}`);
  if (after(record.startedAt, DECIDED_WITHIN) > drilling.at || isAnswering(drilling)) return undefined;
  const late = `no verdict within ${DECIDED_WITHIN.hours} hours`;
  const { isOfCopy, said, lines } = saidSoFar(drilling);
  if (said.length === 0) return conclude(drilling, "undecided", `${late}: ${words}: ${standing.because}`);
  return conclude(drilling, isOfCopy ? "failed" : "undecided", `${late}: ${said.join("; ")}`, lines);
}

const ENDED: ReadonlySet<string> = new Set(["shutting-down", "terminated", "stopping", "stopped"]);

/** What it was asked in time it may still say. */
const isAnswering = ({ proof, record: { asked }, at }: Drilling): boolean =>
  proof.kind === "running" && asked !== null && after(asked.at, ANSWERED_WITHIN) > at;

/** What speaks against it when the time is over. Only a server that answers on the copy, and yet does not hand out what it has, speaks against the snapshot. */
function saidSoFar({ proof, record }: Drilling): { isOfCopy: boolean; said: string[]; lines: string[] } {
  const wanted = wantedOf(record);
  const isOfNow = proof.kind === "report" && record.servedAt !== null && proof.report.at >= record.servedAt;
  if (!isOfNow || !record.look || !wanted) return { isOfCopy: false, said: [], lines: [] };
  const { against, lines } = judge(record.look, proof.report, wanted);
  return { isOfCopy: answers(proof.report), said: against, lines };
}
