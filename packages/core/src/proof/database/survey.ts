import { after } from "../../apply/duration.ts";
import { isFounding } from "../../first-deploy/stages.ts";
import type { FleetFacts } from "../../fleet/facts.ts";
import type { Policy } from "../../fleet/policy.ts";
import type { Finding } from "../../health/triage.ts";
import type { DatabaseKeeping } from "../../settings/schema.ts";
import { slotName, slotOf } from "../../snapshots/slots.ts";
import { type Duty, start } from "../../survey/survey.ts";
import { tell } from "../../survey/tell.ts";
import { names } from "../../topology/names.ts";
import type { DatabaseDrillFacts } from "./facts.ts";
import { databaseLeftovers, hasDatabaseDrill, type WithDatabaseDrill } from "./next.ts";

/** Everything on which it rests whether a restore has to be proven. */
interface Outlook {
  fleet: WithDatabaseDrill;
  policy: DatabaseKeeping;
  now: Date;
}

/** One that proved nothing is followed by another sooner than the settings say; and a database has a day before its first, to have something in it. */
const AGAIN_AFTER = { days: 1 };

/** Everything that a pair's proofs ask for: a drill that is due or that nobody goes on with, people to be told. Same facts, same duties. */
export function surveyDatabase(fleet: FleetFacts, policy: Policy, now: Date): Duty[] {
  const { database } = policy.keeping;
  if (!database || !hasDatabaseDrill(fleet)) return [];
  const outlook = { fleet, policy: database, now };
  const findings = [...unproven(outlook), ...leftOver(outlook)];
  return [...proving(outlook), ...tell({ fleet, findings, about: ({ kind }) => kind === "restore-unproven" || kind === "drill-left-over" }, policy, now)];
}

function proving({ fleet, policy, now }: Outlook): Duty[] {
  const { databaseDrill: drill } = fleet;
  if (fleet.switch.position === "off" || fleet.desired === null || isFounding(fleet) || isAttended(fleet)) return [];
  const { record } = drill;
  const { copyIds, keptIds } = databaseLeftovers(drill);
  if (record?.endedAt === null) return [goingOn(fleet, `go-on-${record.id}`, `the drill ${record.id} is not over`)];
  if (copyIds.length + keptIds.length > 0) return [goingOn(fleet, `clean-up-${slotName(slotOf(1, now))}`, "something is left of a drill")];
  const due = dueSince(drill, policy);
  if (due === undefined || due > now || drill.snapshots.length === 0) return [];
  const because = record?.provenAt ? `the last restore was proven at ${record.provenAt.toISOString()}` : "no restore was proven yet";
  return [start(fleet, { kind: "duty", id: `prove-${slotName(slotOf(1, now))}`, runbook: "prove-restore", input: {}, because }, because)];
}

const goingOn = (fleet: FleetFacts, id: string, because: string): Duty =>
  start(fleet, { kind: "duty", id: `prove-${id}`, runbook: "prove-restore", input: { goOn: true }, because }, because);

/** A run is at it: one of its own, or the one that began it at somebody's request. */
const isAttended = ({ runs, databaseDrill: { record } }: WithDatabaseDrill): boolean =>
  runs.some(({ subject, name, endedAt }) => endedAt === null && (subject.startsWith("duty-prove-") || record?.key.startsWith(`${name}/`)));

/** When the next one is due; undefined where people see to it. */
function dueSince({ record, since }: DatabaseDrillFacts, { proof: { everyDays } }: DatabaseKeeping): Date | undefined {
  if (everyDays === null) return undefined;
  if (record && (record.state !== "proven" || record.unproven)) return after(record.startedAt, AGAIN_AFTER);
  if (record?.provenAt) return after(record.provenAt, { days: everyDays });
  return since ? after(since, AGAIN_AFTER) : undefined;
}

function unproven({ fleet, policy: { proof }, now }: Outlook): Finding[] {
  const { record, since: made } = fleet.databaseDrill;
  const resource = fleet.database?.id ?? names(fleet.stage).database;
  const finding = (evidence: string): Finding[] => [{ kind: "restore-unproven", resource, cause: "restore-unproven", evidence: [evidence] }];
  if (record?.unproven) return finding(`${record.unproven.snapshotId} did not pass at ${record.unproven.since.toISOString()}: ${record.unproven.because}`);
  const since = record?.provenAt ?? made;
  if (proof.everyDays === null || !since || after(since, { days: 2 * proof.everyDays }) > now) return [];
  return finding(`no restore was proven since ${since.toISOString()}: ${record?.because ?? "no drill has come about"}`);
}

/** From the order to restore to the verdict, and from there to its removal. */
const GONE_WITHIN = { hours: 5 };

/** Databases that have been there for longer than any drill takes. */
function leftOver({ fleet: { databaseDrill, group }, now }: Outlook): Finding[] {
  const old = databaseDrill.copies.filter(({ madeAt }) => madeAt !== null && after(madeAt, GONE_WITHIN) < now);
  const evidence = old.map(({ id, madeAt }) => `${id} of ${madeAt?.toISOString()}`);
  return evidence.length > 0 ? [{ kind: "drill-left-over", resource: group.name, cause: "drill-left-over", evidence }] : [];
}
