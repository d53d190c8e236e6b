import { LEAST_ARCHIVED } from "../../retention/archive.ts";
import { dueDateOf } from "../../snapshots/due-date.ts";
import { type Check, each, type Finding, when } from "../check.ts";
import type { SnapshotPolicy, StageSettings } from "../schema.ts";

const ofSnapshots =
  (of: (policy: SnapshotPolicy) => Finding[]) =>
  (settings: StageSettings): Finding[] =>
    settings.topology === "single" ? of(settings.snapshots) : [];

const DAY_MS = 86_400_000;
/** Months are as long as the calendar says from here on, a month of 31 days and a leap year behind it. */
const SOME_SLOT = new Date("2024-03-01T00:00:00.000Z");

type Schedule = SnapshotPolicy["schedules"][number];

/** Days for which a schedule keeps one of its snapshots at the most, if all that are due are made. */
function keptFor(schedule: Schedule, policy: SnapshotPolicy): number {
  const until = dueDateOf(SOME_SLOT, [schedule.id], { ...policy, schedules: [schedule] }) ?? SOME_SLOT;
  return (until.getTime() - SOME_SLOT.getTime()) / DAY_MS;
}

/** Each snapshot is among the newest once, and locked from then on. */
function lockOutlasts(policy: SnapshotPolicy): Finding[] {
  const { lock, schedules } = policy;
  if (lock === null) return [];
  const short = schedules.filter((schedule) => keptFor(schedule, policy) < lock.days);
  const least = Math.floor(Math.min(...short.map((schedule) => keptFor(schedule, policy))));
  const names = short.map(({ id }) => id).join(", ");
  return when(
    short.length > 0,
    "snapshots.lock.days",
    `is ${lock.days}: each snapshot of ${names} stays that long, although the schedule lets go of it sooner`,
    {
      allowed: least < 1 ? "more kept of that schedule" : `at most ${least}, or more kept of that schedule`,
      reads: ["snapshots.schedules"],
    },
  );
}

/** Copies lie elsewhere, under a key of that place and account. */
const copyPlace = (settings: StageSettings): Finding[] => {
  if (settings.topology !== "single" || settings.snapshots.copy === null) return [];
  const { region, kmsKeyArn } = settings.snapshots.copy;
  const prefix = `arn:aws:kms:${region}:${settings.account}:key/`;
  return [
    ...when(region === settings.region, "snapshots.copy.region", `is ${region}, the stage's own`, { allowed: "another region", reads: ["region"] }),
    ...when(!kmsKeyArn.startsWith(prefix), "snapshots.copy.kmsKeyArn", "is a key of another region or account", {
      allowed: `a key whose ARN begins with ${prefix}`,
      reads: ["snapshots.copy.region", "account"],
    }),
  ];
};

/** What is copied is made, and of what is copied something is kept. */
function copyKeeps({ copy, schedules }: SnapshotPolicy): Finding[] {
  if (copy === null) return [];
  const known = schedules.map(({ id }) => id);
  const unknown = copy.schedules.filter((id) => !known.includes(id));
  return [
    ...when(unknown.length > 0, "snapshots.copy.schedules", `names ${unknown.join(", ")}, which is no schedule`, {
      allowed: known.join(", "),
      reads: ["snapshots.schedules"],
    }),
    ...when(
      Object.values(copy.keep).every((n) => n === 0),
      "snapshots.copy.keep",
      "keeps nothing of what is copied",
      {
        allowed: "a count, days, or a number of hourly to yearly ones, at least one of them above 0",
      },
    ),
  ];
}

/** Days that what is archived has to be kept altogether. */
const keptLong = (afterDays: number): number => afterDays + LEAST_ARCHIVED.days;

/** Nothing would ever be archived. */
function archiveApplies(policy: SnapshotPolicy): Finding[] {
  const { archive, schedules } = policy;
  if (archive === null) return [];
  const [days, id] = schedules.map((schedule) => [Math.floor(keptFor(schedule, policy)), schedule.id] as const).reduce((a, b) => (b[0] > a[0] ? b : a));
  const most = days - LEAST_ARCHIVED.days;
  const longer = `a schedule that keeps months or years, for ${keptLong(archive.afterDays)} days at least`;
  return when(days < keptLong(archive.afterDays), "snapshots.archive.afterDays", `is ${archive.afterDays}: ${id} keeps longest, for ${days} days`, {
    allowed: most < 1 ? longer : `at most ${most}, or ${longer}`,
    reads: ["snapshots.schedules"],
  });
}

/** Rules whose snapshots lie a month apart, at the least. */
const SPARSE: ReadonlySet<string> = new Set(["monthly", "yearly"]);
/** Hours of four weeks. */
const SPARSE_HOURS = 672;

/** What is archived is a full copy each, so only what is a month apart or more may stay for as long as the archive asks. */
function archiveSparse(policy: SnapshotPolicy): Finding[] {
  const { archive } = policy;
  if (archive === null) return [];
  return policy.schedules.flatMap((schedule, index) => {
    const dense = Object.keys(schedule.keep).filter((rule) => !SPARSE.has(rule) && schedule.everyHours < SPARSE_HOURS) as (keyof Schedule["keep"])[];
    return dense.flatMap((rule) => {
      const kept = schedule.keep[rule] ?? 0;
      const days = Math.floor(keptFor({ ...schedule, keep: { [rule]: kept } }, policy));
      const at = `snapshots.schedules[${index}].keep.${rule}`;
      return when(days >= keptLong(archive.afterDays), at, `is ${kept}: of ${schedule.id}, each of ${days} days would be archived as a full copy`, {
        allowed: `what it keeps for less than ${keptLong(archive.afterDays)} days, or monthly or yearly in its place`,
        reads: ["snapshots.archive.afterDays", `snapshots.schedules[${index}].everyHours`],
      });
    });
  });
}

export const snapshotOptionChecks: readonly Check[] = [
  {
    id: "lock-outlasts",
    level: "warn",
    words: "A lock lasts no longer than the schedules keep what is locked.",
    of: each(ofSnapshots(lockOutlasts)),
  },
  {
    id: "archive-applies",
    level: "refuse",
    words: "Where snapshots are archived, some schedule keeps one for 90 days beyond `afterDays`, which EBS asks to be paid for.",
    of: each(ofSnapshots(archiveApplies)),
  },
  {
    id: "archive-sparse",
    level: "refuse",
    words: "What is kept for as long as that lies a month apart or more: each in the archive is a full copy.",
    of: each(ofSnapshots(archiveSparse)),
  },
  { id: "copy-place", level: "refuse", words: "Copies lie in another region, under a key of that region and of the stage's account.", of: each(copyPlace) },
  {
    id: "copy-keeps",
    level: "refuse",
    words: "What is copied are snapshots of the stage's schedules, and of the copies something is kept.",
    of: each(ofSnapshots(copyKeeps)),
  },
];
