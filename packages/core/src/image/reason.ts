import { dateOf, MARK } from "../retention/marks.ts";
import type { ImageSnapshot } from "./image-facts.ts";

/** Why a rule keeps something, and until when; null where that depends on somebody or on other images. */
export interface Reason {
  because: string;
  until: Date | null;
}

/** Kept as long as nobody changes something. */
export const kept = (because: string): Reason => ({ because, until: null });

/** Kept as long as the moment lies ahead. */
export const keptUntil = (until: Date, now: Date, because: string): Reason | undefined => (until > now ? { because, until } : undefined);

/** The latest end of all reasons; null as long as one has none. */
export const latest = (reasons: readonly Reason[], now: Date): Date | null =>
  reasons.reduce<Date | null>((last, { until }) => last && until && (until > last ? until : last), now);

/** What a person's tags say; what can't be understood holds. `whose` stands before the words. */
export function holdOf(tags: Readonly<Record<string, string>>, now: Date, whose = "it has the"): Reason | undefined {
  if (tags[MARK.hold] !== undefined) return kept(`${whose} tag ${MARK.hold}`);
  const text = tags[MARK.holdUntil];
  if (text === undefined) return undefined;
  const until = dateOf(text);
  return until ? keptUntil(until, now, `${whose} tag ${MARK.holdUntil}=${text}`) : kept(`${whose} tag ${MARK.holdUntil}=${text}, which is no date`);
}

/** EC2's own lock, which refuses everybody while it is in force. */
export function lockOf({ lock }: Pick<ImageSnapshot, "lock">, now: Date, whose = "it"): Reason | undefined {
  if (!lock) return undefined;
  const because = `${whose} is locked in EC2 (${lock.mode})`;
  return lock.until ? keptUntil(lock.until, now, because) : kept(because);
}
