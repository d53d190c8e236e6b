import type { Announcement } from "../apply/ports.ts";
import { causeOf } from "../health/causes.ts";
import type { Attempt } from "../incidents/attempt.ts";
import { type Incident, isAboutKeeping } from "../incidents/incident.ts";
import { AT_STAKE } from "../incidents/keeping.ts";
import { names } from "../topology/names.ts";

/** One message for people. SNS allows 100 ASCII characters of subject and no line breaks in it. */
export interface Message {
  subject: string;
  body: string;
}

/** What the person paged at 3 a.m. reads: what users notice, why, what was done, what was refused, and what to do next. */
export function messageOf({ kind, incident }: Announcement, attempts: readonly Attempt[]): Message {
  const own = attempts.filter((attempt) => attempt.incident === incident.id);
  const lines = [
    (isAboutKeeping(incident) ? KEEPING_HEADLINE : HEADLINE)[kind](incident),
    ...(isAboutKeeping(incident) && kind !== "resolved" ? [`Users notice nothing: ${AT_STAKE[incident.kind]}`] : []),
    "",
    `Cause: ${causeOf(incident.cause).words}`,
    ...incident.evidence.map((evidence) => `  - ${evidence}`),
    ...section(
      "Done",
      own.map(({ runbook, resource, outcome, because }) => `${runbook} ${resource}: ${outcome} (${because})`),
    ),
    ...section(
      "Refused",
      incident.refusals.map(({ guard, because, times }) => `${guard}${times > 1 ? ` (${times} times)` : ""}: ${because}`),
    ),
    ...(kind === "resolved" ? [] : ["", `Next: ${nextStep(incident)}`]),
  ];
  return { subject: subject(`[${incident.stage}] ${SUBJECT[kind]}: ${causeOf(incident.cause).words}, ${incident.resource}`), body: `${lines.join("\n")}\n` };
}

const SUBJECT = { opened: "Steward is on it", paged: "Steward needs you", resolved: "Recovered" } as const;

type Headline = Record<Announcement["kind"], (incident: Incident) => string>;

const HEADLINE: Headline = {
  opened: ({ id, resource, openedAt }) => `Incident ${id}: ${resource} has been in trouble since ${openedAt.toISOString()}. Steward is dealing with it.`,
  paged: ({ id, resource, openedAt }) => `Incident ${id}: ${resource} has been in trouble since ${openedAt.toISOString()}. Steward does not go on by itself.`,
  resolved: ({ id, resource, openedAt, endedAt }) =>
    `Incident ${id}: ${resource} is well again or replaced. It lasted from ${openedAt.toISOString()} to ${endedAt?.toISOString() ?? "now"}.`,
};

/** What of a resource an incident is about. */
const keptOf = ({ kind, resource }: Incident): string => `the ${kind === "images-unpruned" ? "images" : "snapshots"} of ${resource}`;

/** Nobody is in trouble by what is kept of a volume or of a stage. */
const KEEPING_HEADLINE: Headline = {
  opened: (incident) =>
    `Incident ${incident.id}: ${keptOf(incident)} are not as they should be since ${incident.openedAt.toISOString()}. Steward goes on with them.`,
  paged: (incident) =>
    `Incident ${incident.id}: ${keptOf(incident)} are not as they should be since ${incident.openedAt.toISOString()}. A human has to look at them.`,
  resolved: (incident) =>
    `Incident ${incident.id}: ${keptOf(incident)} are as they should be again. It lasted from ${incident.openedAt.toISOString()} to ${incident.endedAt?.toISOString() ?? "now"}.`,
};

const section = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  - ${line}`)]);

/** The exact command: read only, so that it is safe half asleep. */
function nextStep(incident: Incident): string {
  const payload = JSON.stringify({ mode: modeOf(incident) });
  return `aws lambda invoke --function-name ${names(incident.stage).function("runbook")} --cli-binary-format raw-in-base64-out --payload '${payload}' /dev/stdout`;
}

function modeOf(incident: Incident): string {
  if (incident.kind === "images-unpruned") return "images";
  return isAboutKeeping(incident) ? "snapshots" : "status";
}

const subject = (text: string): string => text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 100);
