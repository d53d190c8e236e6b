import type { SnapshotPolicy } from "../settings/schema.ts";
import { belongsInArchive } from "./archive.ts";
import { marksOf } from "./marks.ts";
import { archived, binned, held, inUseByImage, inUseByTemplate, locked, needed, pending } from "./rules/protection.ts";
import { type Circumstances, endOfAll, type Reason, type Rule } from "./rules/rule.ts";
import { dueDate, floor, proven, scheduled } from "./rules/wanted.ts";
import { errored, extraOfSlot } from "./rules/waste.ts";
import { shelfOf } from "./shelf.ts";
import type { Snapshot, SnapshotFacts } from "./snapshot.ts";
import type { Ours } from "./standing.ts";
import { usersOf } from "./users.ts";
import { inWords } from "./words.ts";

/** Every rule that may decide over a snapshot, in the order in which they are asked. */
export const RETENTION_RULES = [
  "not-ours",
  "pending",
  "binned",
  "locked",
  "held",
  "needed",
  "in-use-image",
  "in-use-template",
  "proven",
  "archived",
  "errored",
  "extra-of-slot",
  "schedule",
  "due-date",
  "floor",
  "due",
] as const;
export type RetentionRule = (typeof RETENTION_RULES)[number];

/** Everything that may become of a snapshot. */
export const VERDICTS = ["keep", "archive", "delete"] as const;

/** What becomes of one snapshot, which rule says so, and when it will be due; null where nobody can say. */
export interface RetentionLine {
  snapshotId: string;
  volumeId: string;
  /** Slot of ours, else when it was started. */
  at: Date;
  /** `archive`: it is kept, and is to be moved to where it costs less. */
  verdict: (typeof VERDICTS)[number];
  rule: RetentionRule;
  because: string;
  dueAt: Date | null;
}

/**
 * What each says of a snapshot of ours: the first that says anything decides, and `due` is what is left when none does. Proven is asked
 * before extra: of two of a slot, the worse may be the one that is known to serve.
 */
const RULES: Record<Exclude<RetentionRule, "not-ours" | "due">, Rule> = {
  pending,
  binned,
  locked,
  held,
  needed,
  "in-use-image": inUseByImage,
  "in-use-template": inUseByTemplate,
  proven,
  archived,
  errored,
  "extra-of-slot": extraOfSlot,
  schedule: scheduled,
  "due-date": dueDate,
  floor,
};
const ASKED = RETENTION_RULES.filter((rule) => rule !== "not-ours" && rule !== "due");

/** One line for every snapshot, newest first. Same facts, same plan, in whatever order they come. */
export function planRetention(facts: SnapshotFacts, policy: SnapshotPolicy, now: Date): RetentionLine[] {
  const known = facts.snapshots.map((snapshot) => ({ snapshot, marks: marksOf(snapshot, facts.stage) }));
  const ours = known.flatMap(({ snapshot, marks }) => (marks ? [{ snapshot, marks }] : []));
  const foreign = known.flatMap(({ snapshot, marks }) => (marks ? [] : [foreignLine(snapshot, facts.stage)]));
  const users = usersOf(facts);
  const lines = [...Map.groupBy(ours, ({ snapshot }) => snapshot.volumeId)].flatMap(([volumeId, all]) => {
    const shelf = shelfOf(all, { volumeId, isPresent: volumeId === facts.volumeId, policy, now });
    return all.map((one) => lineOf(one, { policy, now, shelf, ...users }));
  });
  return [...lines, ...foreign].toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.snapshotId < b.snapshotId ? -1 : 1));
}

const foreignLine = ({ id, volumeId, startedAt }: Snapshot, stage: string): RetentionLine => ({
  snapshotId: id,
  volumeId,
  at: startedAt,
  verdict: "keep",
  rule: "not-ours",
  because: `its tags are not those that Steward gives to what it makes for ${stage}`,
  dueAt: null,
});

function lineOf(one: Ours, circumstances: Circumstances): RetentionLine {
  const { now } = circumstances;
  const reasons = reasonsFor(one, circumstances);
  const [{ rule, because, until } = { rule: "due" as const, ...due(one, now) }] = reasons;
  const line = { snapshotId: one.snapshot.id, volumeId: one.snapshot.volumeId, at: one.marks.slot, rule, because };
  const isDue = until !== null && until <= now;
  if (isDue) return { ...line, verdict: "delete", dueAt: until };
  const dueAt = endOfAll(reasons, now);
  const verdict = belongsInArchive(one, { reasons, dueAt }, circumstances) ? "archive" : "keep";
  return { ...line, verdict, dueAt };
}

function reasonsFor(one: Ours, circumstances: Circumstances): (Reason & { rule: RetentionRule })[] {
  const all = ASKED.flatMap((rule) => {
    const reason = RULES[rule](one, circumstances);
    return reason ? [{ rule, ...reason }] : [];
  });
  const last = all.findIndex(({ isLast }) => isLast);
  return last < 0 ? all : all.slice(0, last + 1);
}

/** A number that newer ones have used up, or settings that want less than before, end its time before its date. */
function due({ marks: { dueAt } }: Ours, now: Date): { because: string; until: Date } {
  if (dueAt && dueAt <= now) return { because: `due since ${inWords(dueAt)}: no rule keeps it`, until: dueAt };
  return { because: `no rule keeps it any more; made to be kept ${dueAt ? `until ${inWords(dueAt)}` : "for ever"}`, until: now };
}
