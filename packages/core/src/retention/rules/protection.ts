import { after } from "../../apply/duration.ts";
import { isBeingArchived, LEAST_ARCHIVED } from "../archive.ts";
import { dateOf, MARK } from "../marks.ts";
import { inWords } from "../words.ts";
import { keptUntil, type Rule } from "./rule.ts";

/** Nobody knows yet what will become of it. */
export const pending: Rule = ({ snapshot }) => (snapshot.state === "pending" ? { because: "it is still being made", until: null } : undefined);

/** Somebody has deleted it already; the Recycle Bin lets go of it by itself. */
export const binned: Rule = ({ snapshot: { state } }) =>
  state === "recoverable" || state === "recovering" ? { because: "it was deleted, and the Recycle Bin has it", until: null } : undefined;

/** What is deleted sooner is paid for all the same. */
export const archived: Rule = ({ snapshot }, { now }) => {
  if (isBeingArchived(snapshot)) return { because: "EC2 is moving it into the archive", until: null };
  const since = snapshot.tiering?.archivedAt ?? null;
  return since === null
    ? undefined
    : keptUntil(after(since, LEAST_ARCHIVED), now, `in the archive since ${inWords(since)}, for ${LEAST_ARCHIVED.days} days at least`);
};

/** EC2 refuses to delete it. */
export const locked: Rule = ({ snapshot: { lock } }, { now }) =>
  lock ? keptUntil(lock.until, now, `locked in EC2 (${lock.mode})${lock.until ? ` until ${inWords(lock.until)}` : ""}`) : undefined;

/** A person wants it; what can't be understood counts as wanted. */
export const held: Rule = ({ snapshot: { tags } }, { now }) => {
  const hold = tags[MARK.hold];
  if (hold !== undefined) return { because: `held by ${MARK.hold}${hold === "" ? "" : `=${hold}`}`, until: null };
  const text = tags[MARK.holdUntil];
  if (text === undefined) return undefined;
  const until = dateOf(text);
  return until ? keptUntil(until, now, `held by ${MARK.holdUntil}=${text}`) : { because: `held by ${MARK.holdUntil}=${text}, which is no date`, until: null };
};

/** Steward itself is at it, or people will want to look at it. */
export const needed: Rule = ({ snapshot }, { needed: by }) => {
  const [first, ...others] = (by.get(snapshot.id) ?? []).toSorted();
  return first === undefined ? undefined : { because: `needed by ${first}${others.length > 0 ? `, and ${others.length} more` : ""}`, until: null };
};

/** EC2 refuses to delete what an image needs, a disabled one too. Source: EBS User Guide, "Delete an Amazon EBS snapshot". */
export const inUseByImage: Rule = ({ snapshot }, { images }) => restedOn(images.get(snapshot.id), "rests on it");

/** EC2 would delete it, and launches from the template would fail from then on. */
export const inUseByTemplate: Rule = ({ snapshot }, { templates }) => restedOn(templates.get(snapshot.id), "names it");

const restedOn = (users: readonly string[] | undefined, how: string) => {
  if (users === undefined) return undefined;
  const [first, ...others] = users.toSorted();
  return { because: `${first} ${how}${others.length > 0 ? `, and ${others.length} more` : ""}`, until: null };
};
