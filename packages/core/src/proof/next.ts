import { after } from "../apply/duration.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { ENDING, isThere } from "./after-verdict.ts";
import { ANSWERED_WITHIN } from "./ask.ts";
import type { DrillFacts } from "./facts.ts";
import { PROVING } from "./stages.ts";
import { act, conclude, type Drilling, type Open, type Stage, type Standing } from "./standing.ts";
import { judge } from "./verdict.ts";

/** Facts of a stage of which somebody has asked after drills. */
export type WithDrill = FleetFacts & { drill: DrillFacts };

/** Whether anybody looked at drills. */
export const hasDrill = (facts: FleetFacts): facts is WithDrill => facts.drill !== null;

/** From the beginning to the verdict. A restore that takes longer is none to rely on. */
const DECIDED_WITHIN = { hours: 2 };
/** Runs that fail before the drill is given up. */
const TRIES = 5;

/** What a drill is at, and how that stands. */
export interface Next {
  words: string;
  standing: Open;
}

/** What is next: to remove what an earlier drill left, then to take the one that is under way further; undefined where there is neither. */
export function nextOf(facts: WithDrill, policy: Policy): Next | undefined {
  const { instanceIds, volumeIds } = leftovers(facts.drill);
  if (instanceIds.length + volumeIds.length > 0) {
    const standing = act("nobody needs it any more", { do: "remove-drill", instanceIds, volumeIds, because: "an earlier drill left it" });
    return { words: "what an earlier drill left is removed", standing };
  }
  const drilling = drillingOf(facts, policy);
  if (!drilling) return undefined;
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

function drillingOf({ drill, at, desired, group, attempts }: WithDrill, { keeping }: Policy): Drilling | undefined {
  const { record, instances, volumes, probe, proof } = drill;
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
    probe,
    proof,
    desired,
    template: group.template,
    failures: failed.map(({ because }) => because),
    loadWithin: { hours: keeping.snapshots?.proof.loadWithinHours ?? 0 },
  };
}

const first = (stages: readonly Stage[], drilling: Drilling): Next | undefined =>
  stages.reduce<Next | undefined>((found, { words, stand }) => found ?? open(words, stand(drilling)), undefined);

const open = (words: string, standing: Standing): Next | undefined => (standing.state === "done" ? undefined : { words, standing });

function proving(drilling: Drilling): Next | undefined {
  const next = first(PROVING, drilling);
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
  if (failures.length >= TRIES) return conclude(drilling, "undecided", `"${words}" failed ${failures.length} times, the last time: ${failures.at(-1)}`);
  if (after(record.startedAt, DECIDED_WITHIN) > drilling.at || isAnswering(drilling)) return undefined;
  const late = `no verdict within ${DECIDED_WITHIN.hours} hours`;
  const said = standing.state === "wait" && standing.against.length > 0 ? standing.against : saidSoFar(drilling);
  if (said.length > 0) return conclude(drilling, "failed", `${late}: ${said.join("; ")}`, linesOf(drilling));
  return conclude(drilling, "undecided", `${late}: ${words}: ${standing.because}`);
}

const ENDED: ReadonlySet<string> = new Set(["shutting-down", "terminated", "stopping", "stopped"]);

/** What it was asked in time it may still say. */
const isAnswering = ({ proof, record: { asked }, at }: Drilling): boolean =>
  proof.kind === "running" && asked !== null && after(asked.at, ANSWERED_WITHIN) > at;

function judgement({ proof, record }: Drilling) {
  const { document, copyId } = record;
  return proof.kind === "report" && document && copyId !== null ? judge(proof.report, { ...document, copyId }) : undefined;
}

const saidSoFar = (drilling: Drilling): string[] => judgement(drilling)?.against ?? [];
const linesOf = (drilling: Drilling): string[] => judgement(drilling)?.lines ?? [];
