import { after } from "../../apply/duration.ts";
import { CLASSES, type Ours } from "../standing.ts";
import { inWords } from "../words.ts";
import type { Rule } from "./rule.ts";

/** The last that failed stays as evidence for so long. */
const EVIDENCE = { days: 7 };
/** Until then the run that made one may still be at it. */
const SETTLED = { hours: 1 };

/**
 * It never was a backup, and is none of those that rules count. Only the last stays: EC2 counts those that failed among the five that may
 * be under way of one volume. Source: AWS re:Post Knowledge Center, "Why is my EBS snapshot stuck in the pending state?".
 */
export const errored: Rule = (one, { shelf }) => {
  const { state, stateMessage, startedAt } = one.snapshot;
  if (state !== "error") return undefined;
  const until = after(startedAt, one === shelf.newestFailed ? EVIDENCE : SETTLED);
  return { because: `it failed (${stateMessage ?? "EC2 does not say why"}): evidence until ${inWords(until)}`, until, isLast: true };
};

/** One snapshot is kept of a slot. While it is new, an extra one is judged by its slot, like the better one. */
export const extraOfSlot: Rule = (one, { shelf, now }) => {
  const until = after(one.snapshot.startedAt, SETTLED);
  const better = until > now ? undefined : betterOf(one, shelf.bySlot.get(one.marks.slot.getTime()) ?? []);
  return better && { because: `${better.snapshot.id} is of the same slot, ${inWords(one.marks.slot)}, and better`, until, isLast: true };
};

/** The first of them, good ones first, that could stand for it in each of its schedules, unless that is itself. */
function betterOf(one: Ours, sameSlot: readonly Ours[]): Ours | undefined {
  const best = sameSlot.find((other) => CLASSES.good(other) && one.marks.schedules.every((id) => other.marks.schedules.includes(id)));
  return best === one ? undefined : best;
}
