import { after } from "../apply/duration.ts";
import { isFounding } from "../first-deploy/stages.ts";
import type { FleetFacts } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { backupsWanted } from "../guards/backups-wanted.ts";
import { THE_FLEET } from "../guards/guard.ts";
import { objectionTo } from "../guards/registry.ts";
import { switchOff } from "../guards/switch-off.ts";
import type { Finding } from "../health/triage.ts";
import { slotName, slotOf } from "../snapshots/slots.ts";
import { type Duty, start } from "../survey/survey.ts";
import { tell } from "../survey/tell.ts";
import type { ImageFacts } from "./image-facts.ts";
import { planLeft } from "./left-snapshots.ts";
import { planImages } from "./retention.ts";

/** A day, but for the time that a run may take: so the last one's failures are still on record when the next begins. */
const EVERY = { hours: 23 };
/** Into an hour; whoever looks every five minutes looks once in it. */
const LOOKS_WITHIN = { minutes: 5 };

/** Subjects of the runs that take images away begin with this. */
const DUTY = "duty-images-";

/** Whether EC2 is worth asking now: nothing stands in the way of a run that would begin, and nobody has looked in this hour. */
export function looksAtImages(fleet: FleetFacts, policy: Policy, now: Date): boolean {
  const intent = { runbook: "prune-images" as const, instanceId: THE_FLEET, disrupts: false, execution: null, resumes: false };
  const isStopped = isFounding(fleet) || objectionTo(fleet, intent, policy, now, [switchOff, backupsWanted]) !== undefined;
  const isRecent = fleet.runs.some(({ subject, startedAt }) => subject.startsWith(DUTY) && after(startedAt, EVERY) > now);
  return !isStopped && !isRecent && after(slotOf(1, now), LOOKS_WITHIN) > now;
}

/** What a stage's images ask for: a run where some are due, people where it came to nothing. Same facts, same duties. */
export function surveyImages(fleet: FleetFacts, seen: ImageFacts | null, policy: Policy, now: Date): Duty[] {
  const news = { fleet, findings: imageFindings(fleet), about: ({ kind }: { kind: string }) => kind === "images-unpruned" };
  return [...starting(fleet, seen, policy, now), ...tell(news, policy, now)];
}

function starting(fleet: FleetFacts, seen: ImageFacts | null, policy: Policy, now: Date): Duty[] {
  const count = (lines: readonly { verdict: string }[]): number => lines.filter(({ verdict }) => verdict !== "keep").length;
  const due = seen ? count(planImages(seen, policy.keeping.images, now)) : 0;
  const left = seen ? count(planLeft(seen, now)) : 0;
  if (due + left === 0 || !looksAtImages(fleet, policy, now)) return [];
  const because = [...(due > 0 ? [`${due} images are due`] : []), ...(left > 0 ? [`${left} snapshots are left of former ones`] : [])].join(", ");
  const day = slotName(slotOf(24, now)).slice(0, "yyyymmdd".length);
  return [start(fleet, { kind: "duty", id: `images-${day}`, runbook: "prune-images", input: {}, because }, because)];
}

/** Attempts after which none has come to its end. */
function imageFindings({ attempts, group }: FleetFacts): Finding[] {
  const own = attempts.filter(({ runbook }) => runbook === "prune-images");
  const since = own.slice(own.findLastIndex(({ outcome }) => outcome === "done") + 1).filter(({ outcome }) => outcome === "failed");
  const evidence = since.map(({ startedAt, because }) => `the attempt of ${startedAt.toISOString()}: ${because}`);
  return evidence.length === 0 ? [] : [{ kind: "images-unpruned", resource: group.name, cause: "images-unpruned", evidence }];
}
