import { z } from "zod";
import { InstanceId } from "../fleet/instance-id.ts";
import { INCIDENT_KINDS } from "../incidents/incident.ts";
import { RUNBOOK_IDS } from "../runbooks/runbook.ts";

/** What one run is for. */
export const RunSubject = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("incident"), id: z.string(), of: z.enum(INCIDENT_KINDS), resource: z.string() }),
  z.object({ kind: z.literal("admission"), instanceId: InstanceId, hook: z.string() }),
  z.object({ kind: z.literal("retirement"), instanceId: InstanceId, hook: z.string() }),
  z.object({ kind: z.literal("first-deploy") }),
  z.object({ kind: z.literal("duty"), id: z.string(), runbook: z.enum(RUNBOOK_IDS), input: z.record(z.string(), z.unknown()), because: z.string() }),
  z.object({ kind: z.literal("request"), id: z.string(), runbook: z.enum(RUNBOOK_IDS), input: z.record(z.string(), z.unknown()), because: z.string() }),
]);
export type RunSubject = z.infer<typeof RunSubject>;

/** The payload of `remediate`: the same name always comes with the same payload. */
export const RunOrder = z.object({ name: z.string(), subject: RunSubject });
export type RunOrder = z.infer<typeof RunOrder>;

/** Names the subject of a run: runs of one subject follow each other and never overlap. */
export function subjectKey(subject: RunSubject): string {
  if (subject.kind === "incident") return `incident-${subject.id}`;
  if (subject.kind === "request" || subject.kind === "duty") return `${subject.kind}-${subject.id}`;
  if (subject.kind === "first-deploy") return subject.kind;
  return `${subject.kind}-${subject.instanceId}`;
}

/** The execution's name is the idempotency key: stage, subject, and how many runs ended before. */
export const runName = (stage: string, subject: RunSubject, ended: number): string => `${stage}-${subjectKey(subject)}-${ended + 1}`;
