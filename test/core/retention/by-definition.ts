import { dateOf, MARK, marksOf } from "@steward/core/retention/marks";
import type { Marks, Snapshot } from "@steward/core/retention/snapshot";
import type { World } from "./arbitrary.ts";

/**
 * What is to be kept, asked of each snapshot by the definition of each rule and by nothing else: no list is sorted, nothing is counted in
 * advance, periods are told apart by what a calendar prints. It is slow, and written without a look at the planner.
 */
export function isKept(asked: Snapshot, { facts, policy, now }: World): boolean {
  const marks = marksOf(asked, facts.stage);
  if (!marks) return true;
  if (["pending", "recoverable", "recovering"].includes(asked.state)) return true;
  if (asked.lock && (asked.lock.until === null || asked.lock.until.getTime() > now.getTime())) return true;
  if (asked.tags[MARK.hold] !== undefined) return true;
  const holdUntil = asked.tags[MARK.holdUntil];
  if (holdUntil !== undefined && !((dateOf(holdUntil)?.getTime() ?? Number.POSITIVE_INFINITY) <= now.getTime())) return true;
  if ([...facts.images, ...facts.templates].some(({ snapshotIds }) => snapshotIds.includes(asked.id))) return true;
  if (asked.tiering?.status === "archival-in-progress") return true;
  const archivedAt = asked.tiering?.archivedAt;
  if (archivedAt && now.getTime() < archivedAt.getTime() + 90 * DAY) return true;
  if (asked.state === "error") {
    const later = facts.snapshots.filter(({ id, state, volumeId, startedAt, tags }) => {
      const isOlder = startedAt < asked.startedAt || (startedAt.getTime() === asked.startedAt.getTime() && id > asked.id);
      return id !== asked.id && state === "error" && volumeId === asked.volumeId && !isOlder && marksOf({ tags }, facts.stage);
    });
    return now.getTime() < asked.startedAt.getTime() + (later.length === 0 ? 7 * DAY : 3_600_000);
  }

  const others = facts.snapshots.flatMap((snapshot) => {
    const marks = snapshot.volumeId === asked.volumeId && snapshot.state === "completed" ? marksOf(snapshot, facts.stage) : undefined;
    return marks ? [{ snapshot, marks }] : [];
  });
  const me = { snapshot: asked, marks };
  const isProven = (one: One) => one.marks.provenAt !== null && good(one);
  if (isProven(me) && !others.some((other) => isProven(other) && isBefore(other, me))) return true;
  if (now.getTime() >= asked.startedAt.getTime() + 3_600_000 && others.some((other) => replaces(other, me))) return false;

  for (const schedule of policy.schedules) {
    if (!marks.schedules.includes(schedule.id)) continue;
    const { keep } = schedule;
    if (now.getTime() - marks.slot.getTime() < (keep.days ?? 0) * DAY) return true;
    const numbers = [keep.count, keep.hourly, keep.daily, keep.weekly, keep.monthly, keep.yearly];
    if (asked.volumeId !== facts.volumeId) {
      if (numbers.some((n) => n) && (!marks.dueAt || marks.dueAt.getTime() > now.getTime())) return true;
      continue;
    }
    for (const among of [good, () => true]) {
      const members = others.filter((one) => one.marks.schedules.includes(schedule.id) && among(one));
      if (among(me) && numbers.some((n, index) => isLastOfNewest(me, members, n ?? 0, LABELS[index] ?? iso))) return true;
    }
  }
  const isFormer = marks.schedules.some((id) => !policy.schedules.some((schedule) => schedule.id === id));
  if (isFormer && (!marks.dueAt || marks.dueAt.getTime() > now.getTime())) return true;
  const stands = (all: readonly One[]) => [firstRate, good, () => true].some((among) => among(me) && isLastOfNewest(me, all.filter(among), policy.floor, iso));
  const atHand = others.filter(isAtHand);
  return stands(others) || (isAtHand(me) && stands(atHand));
}

interface One {
  snapshot: Snapshot;
  marks: Marks;
}
const isAtHand = ({ snapshot }: One): boolean => snapshot.tier === "standard" && snapshot.tiering === undefined;
type Label = (slot: Date) => string;

const DAY = 86_400_000;
const iso: Label = (slot) => slot.toISOString();
const cut =
  (length: number): Label =>
  (slot) =>
    iso(slot).slice(0, length);
/** Year and number of the week of ISO 8601: those of its Thursday. */
export const week: Label = (slot) => {
  const thursday = new Date(slot.getTime() + (4 - (slot.getUTCDay() || 7)) * DAY);
  const year = thursday.getUTCFullYear();
  return `${year}-W${Math.ceil((Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY) + 1) / 7)
    .toString()
    .padStart(2, "0")}`;
};
export const LABELS: readonly Label[] = [iso, cut(13), cut(10), week, cut(7), cut(4)];

export const good = ({ marks }: Pick<One, "marks">): boolean => marks.proofFailed === null;
export const firstRate = (one: Pick<One, "marks">): boolean => good(one) && one.marks.consistency === "application";

/** No member of its period is newer, and fewer than n periods that have a member are. */
function isLastOfNewest({ marks: { slot } }: One, members: readonly One[], n: number, label: Label): boolean {
  const newer = members.filter((other) => other.marks.slot.getTime() > slot.getTime()).map((other) => label(other.marks.slot));
  return !newer.includes(label(slot)) && new Set(newer).size < n;
}

/** It is of the same slot, made for all of the same schedules, good, and before it in the order of that slot. */
const replaces = (other: One, me: One): boolean =>
  other.marks.slot.getTime() === me.marks.slot.getTime() &&
  good(other) &&
  me.marks.schedules.every((id) => other.marks.schedules.includes(id)) &&
  isBefore(other, me);

function isBefore(other: One, me: One): boolean {
  const ranks = ({ snapshot, marks }: One) => [-marks.slot.getTime(), good({ marks }) ? 0 : 1, firstRate({ marks }) ? 0 : 1, snapshot.startedAt.getTime()];
  const [theirs, mine] = [ranks(other), ranks(me)];
  const differs = theirs.findIndex((rank, index) => rank !== mine[index]);
  return differs < 0 ? other.snapshot.id < me.snapshot.id : (theirs[differs] ?? 0) < (mine[differs] ?? 0);
}
