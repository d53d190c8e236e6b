import { after } from "../../apply/duration.ts";
import type { FleetFacts } from "../../fleet/facts.ts";
import type { Policy } from "../../fleet/policy.ts";
import { servingNodes } from "../../fleet/standing.ts";
import type { Next } from "../next.ts";
import { act, type Open, type StageStanding } from "../standing.ts";
import type { DatabaseDrillFacts } from "./facts.ts";
import { superfluous } from "./kept.ts";
import { conclude, type DatabaseDrilling, type DatabaseStage, ENDING, PROVING, remove } from "./stages.ts";

/** Facts of a pair of which somebody has asked after drills. */
export type WithDatabaseDrill = FleetFacts & { databaseDrill: DatabaseDrillFacts };

/** Whether anybody looked at a pair's drills. */
export const hasDatabaseDrill = (facts: FleetFacts): facts is WithDatabaseDrill => facts.databaseDrill !== null;

/** From the beginning to the verdict. A restore that takes longer is none to rely on. */
const DECIDED_WITHIN = { hours: 3 };
/** Runs that fail before the drill is given up. */
const TRIES = 5;

/** What is next: to remove what an earlier drill left, then to take the one that is under way further; undefined where there is neither. */
export function nextOfDatabase(facts: WithDatabaseDrill, policy: Policy): Next | undefined {
  const { copyIds, keptIds } = databaseLeftovers(facts.databaseDrill);
  if (copyIds.length + keptIds.length > 0) {
    const standing = act("nobody needs it any more", remove(copyIds, keptIds, "an earlier drill left it"));
    return { words: "what an earlier drill left is removed", standing };
  }
  const drilling = drillingOf(facts, policy);
  if (!drilling) return undefined;
  return drilling.record.state === "under-way" ? proving(drilling) : first(ENDING, drilling);
}

/** What carries the drills' tag and belongs to none that is under way; of what is kept, all but the newest while there is no drill. */
export function databaseLeftovers({ record, copies, kept }: DatabaseDrillFacts): { copyIds: string[]; keptIds: string[] } {
  const own = record?.endedAt === null ? record.id : undefined;
  const left = copies.filter(({ drillId }) => drillId === null || drillId !== own);
  return { copyIds: left.map(({ id }) => id), keptIds: own === undefined ? superfluous(kept) : [] };
}

function drillingOf(facts: WithDatabaseDrill, { keeping }: Policy): DatabaseDrilling | undefined {
  const { databaseDrill, at, attempts } = facts;
  const { record, copies, kept, answer } = databaseDrill;
  if (!record || record.endedAt) return undefined;
  const own = copies.filter(({ drillId }) => drillId === record.id);
  const failed = attempts.filter(({ runbook, outcome, startedAt }) => runbook === "prove-restore" && outcome === "failed" && startedAt >= record.startedAt);
  return {
    record,
    at,
    copy: own.find(({ id }) => id === record.copyId),
    copyIds: own.map(({ id }) => id),
    kept,
    answer,
    node: servingNodes(facts)
      .map(({ instanceId }) => instanceId)
      .toSorted()
      .at(0),
    instanceClass: keeping.database?.proof.instanceClass ?? SMALL,
    failures: failed.map(({ because }) => because),
  };
}

/** Where nobody has said which. */
const SMALL = "db.t3.small";

const first = (stages: readonly DatabaseStage[], drilling: DatabaseDrilling): Next | undefined =>
  stages.reduce<Next | undefined>((found, { words, stand }) => found ?? open(words, stand(drilling)), undefined);

const open = (words: string, standing: StageStanding): Next | undefined => (standing.state === "done" ? undefined : { words, standing });

function proving(drilling: DatabaseDrilling): Next | undefined {
  const next = first(PROVING, drilling);
  if (!next || isConclusion(next.standing)) return next;
  const standing = givenUp(drilling, next);
  return standing ? { words: "the drill is given up", standing } : next;
}

const isConclusion = (standing: Open): boolean => standing.state === "act" && standing.steps.some((step) => step.do === "conclude-database-drill");

/** What keeps it from ever coming to a verdict, as one; a fault that is none of the snapshot's says nothing of it. */
function givenUp(drilling: DatabaseDrilling, { words, standing }: Next): Open | undefined {
  const { record, copy, failures, at } = drilling;
  if (copy && UNRESTORABLE.has(copy.status)) return conclude(drilling, "failed", `RDS restored it to no end: ${copy.id} is ${copy.status}`);
  if (copy && LOST.has(copy.status)) return conclude(drilling, "undecided", `${copy.id} is ${copy.status}, and nobody meant that`);
  if (failures.length >= TRIES) return conclude(drilling, "undecided", `"${words}" failed ${failures.length} times, the last time: ${failures.at(-1)}`);
  if (after(record.startedAt, DECIDED_WITHIN) > at) return undefined;
  return conclude(drilling, "undecided", `no verdict within ${DECIDED_WITHIN.hours} hours: ${words}: ${standing.because}`);
}

/** Source: RDS user guide, "Viewing DB instance status": the restore itself has come to nothing. */
const UNRESTORABLE: ReadonlySet<string> = new Set(["failed", "incompatible-restore", "restore-error"]);
const LOST: ReadonlySet<string> = new Set([
  "deleting",
  "stopping",
  "stopped",
  "storage-full",
  "incompatible-network",
  "incompatible-option-group",
  "incompatible-parameters",
  "inaccessible-encryption-credentials",
  "insufficient-capacity",
]);
