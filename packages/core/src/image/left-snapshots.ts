import { after } from "../apply/duration.ts";
import { dateOf } from "../retention/marks.ts";
import { IMAGE_MARK, type ImageFacts, type ImageSnapshot } from "./image-facts.ts";
import { holdOf, kept, keptUntil, latest, lockOf, type Reason } from "./reason.ts";

/** Every rule that may decide over a snapshot whose image is gone, in the order in which they are asked. */
export const LEFT_RULES = ["pending", "binned", "in-use", "locked", "held", "young", "left", "unmarked", "due"] as const;
export type LeftRule = (typeof LEFT_RULES)[number];

/** What becomes of a snapshot of the pipeline on which no image of the stage rests any more. It is marked first; a day later it goes. */
export interface LeftLine {
  snapshotId: string;
  at: Date;
  verdict: "keep" | "mark" | "delete";
  rule: LeftRule;
  because: string;
  /** When Steward does something with it next; null where nobody can say. */
  dueAt: Date | null;
}

/** So long somebody may miss an image that is gone: another can be registered of its snapshots. */
const GRACE = { days: 1 };

type Look = (snapshot: ImageSnapshot, facts: ImageFacts, now: Date) => Reason | undefined;

const markedAt = ({ tags }: ImageSnapshot): Date | undefined => dateOf(tags[IMAGE_MARK.leftAt]);

/** Each says why it keeps a snapshot, or nothing. */
const RULES: Record<Exclude<LeftRule, "unmarked" | "due">, Look> = {
  pending: ({ state }) => (state === "pending" ? kept("it is still being made") : undefined),
  binned: ({ state }) => (state === "recoverable" || state === "recovering" ? kept("it was deleted, and the Recycle Bin has it") : undefined),
  "in-use": ({ id }, { users }) => {
    const [first, ...others] = users.flatMap(({ who, snapshotIds }) => (snapshotIds.includes(id) ? [who] : [])).toSorted();
    return first === undefined ? undefined : kept(`${first} needs it${others.length > 0 ? `, and ${others.length} more` : ""}`);
  },
  locked: (snapshot, _, now) => lockOf(snapshot, now),
  held: ({ tags }, _, now) => holdOf(tags, now),
  young: ({ startedAt }, _, now) => keptUntil(after(startedAt, GRACE), now, "it is not a day old yet"),
  left: (snapshot, _, now) => {
    const since = markedAt(snapshot);
    return (
      since && keptUntil(after(since, GRACE), now, `no image has rested on it since ${since.toISOString()}; it stays for a day, so that somebody may miss it`)
    );
  },
};
const ASKED = LEFT_RULES.filter((rule) => rule !== "unmarked" && rule !== "due");

/** One line for every snapshot that an image has left behind, newest first; none for one on which an image of the stage still rests. Same facts, same plan. */
export function planLeft(facts: ImageFacts, now: Date): LeftLine[] {
  const rested = new Set(facts.images.filter(({ state }) => state !== "deregistered").flatMap(({ snapshotIds }) => snapshotIds));
  return facts.snapshots
    .filter(({ id, tags }) => !rested.has(id) && tags[IMAGE_MARK.stage] === facts.stage && tags[IMAGE_MARK.golden] !== undefined)
    .toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime() || (a.id < b.id ? -1 : 1))
    .map((snapshot) => lineOf(snapshot, facts, now));
}

function lineOf(snapshot: ImageSnapshot, facts: ImageFacts, now: Date): LeftLine {
  const reasons = ASKED.flatMap((rule) => {
    const reason = RULES[rule](snapshot, facts, now);
    return reason ? [{ rule, ...reason }] : [];
  });
  const line = { snapshotId: snapshot.id, at: snapshot.startedAt, dueAt: latest(reasons, now) };
  const [first] = reasons;
  if (first) return { ...line, verdict: "keep", rule: first.rule, because: first.because };
  if (!markedAt(snapshot)) return { ...line, verdict: "mark", rule: "unmarked", because: "its image is gone, and nobody has noted since when" };
  return { ...line, verdict: "delete", rule: "due", because: "its image is gone, and nothing keeps it" };
}
