import { before } from "../apply/duration.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Finding } from "../health/triage.ts";
import { nextIn } from "./next.ts";
import { failuresOf, isStuck, openRestore, restoringIn, TRIES } from "./standing.ts";
import { confirmRequest, rollbackRequest } from "./words.ts";

/** What nobody goes on with, as the duty of a run; undefined where a run is at it, or where it has failed over and over. */
export function goOnWithRestore(facts: FleetFacts): { id: string; runbook: "restore-volume"; input: { approved: string }; because: string } | undefined {
  const restoring = restoringIn(facts);
  if (!restoring || facts.switch.position === "off") return undefined;
  const { id, plan } = restoring.record;
  const own = facts.runs.filter(({ subject }) => subject === `duty-${dutyOf(id)}` || subject === `request-${requestOf(plan)}`);
  const failed = failuresOf(restoring, "restore-volume").length;
  if (own.some(({ endedAt }) => endedAt === null) || failed >= TRIES) return undefined;
  return { id: dutyOf(id), runbook: "restore-volume", input: { approved: plan }, because: `the restore ${id} is not over` };
}

const dutyOf = (id: string): string => `restore-${id}`;

/** Names the run of an approved plan. */
export const requestOf = (hash: string): string => hash.slice(0, 24);

/** A restore that takes too long or fails over and over, in words with the exact way back; undefined where all goes well. */
export function restoreFails(facts: FleetFacts): string | undefined {
  const restoring = restoringIn(facts);
  if (!restoring) return undefined;
  const { record } = restoring;
  if (!isStuck(restoring)) return undefined;
  const failed = [...failuresOf(restoring, "restore-volume"), ...failuresOf(restoring, "admit-server")];
  const { words, standing } = nextIn(restoring);
  const at = `the restore ${record.id} of ${record.startedAt.toISOString()} is not over; ${words}: ${standing.because}`;
  const last = failed.length > 0 ? `; it failed ${failed.length} times, the last time: ${failed.at(-1)}` : "";
  const back = record.formerId === null ? "there is no volume to go back to" : `to go back: ${rollbackRequest(facts.stage, record.formerId)}`;
  return `${at}${last}; ${back}`;
}

/** People are told, with the way back. */
export function restoreFindings(facts: FleetFacts): Finding[] {
  const fails = restoreFails(facts);
  return fails === undefined ? [] : [{ kind: "restore-failed", resource: facts.group.name, cause: "restore-failed", evidence: [fails] }];
}

/** What users are served from, and nobody has confirmed: people are asked anew each day, because what stays unsaid is forgotten. */
export function unconfirmed(facts: FleetFacts): Finding[] {
  const record = openRestore(facts);
  if (record?.state !== "restored" || !record.restoredAt || record.restoredAt > before(facts.at, { days: 1 })) return [];
  const days = Math.floor((facts.at.getTime() - record.restoredAt.getTime()) / DAY_MS);
  const evidence = [
    `${record.volumeId} serves since ${record.restoredAt.toISOString()}; ${record.kept.join(", ") || "nothing"} is kept`,
    `to confirm: ${confirmRequest(facts.stage)}`,
    ...(record.formerId === null ? [] : [`to go back: ${rollbackRequest(facts.stage, record.formerId)}`]),
  ];
  return [{ kind: "restore-unconfirmed", resource: `${record.volumeId}, day ${days}`, cause: "restore-unconfirmed", evidence }];
}

const DAY_MS = 86_400_000;
