import { z } from "zod";

/** How far one key has been read; its newest versions come first, and a page may end among them. */
const KeySoFar = z.object({
  key: z.string(),
  /** Whether an object was there at the two times: undecided until a version is as old. */
  wasThere: z.boolean().nullable(),
  wasEarlier: z.boolean().nullable(),
  /** Any version that is an object can be had back. */
  hasObject: z.boolean(),
  /** The newest is a deletion, or newer than the snapshot. */
  changed: z.boolean(),
  deletedSince: z.boolean(),
});
type KeySoFar = z.infer<typeof KeySoFar>;

/** How far a bucket has been looked through, and what it said until there. */
export const BucketLook = z.object({
  /** S3's word on versioning: `Enabled`, `Suspended`, or `Off` where it was never on. */
  versioning: z.string(),
  /** What rules of the bucket take away too early; null where none does. */
  expires: z.string().nullable(),
  pages: z.int(),
  versions: z.int(),
  /** Objects at the time of the snapshot, and at that of the last proven one; of what has been read. */
  objects: z.int(),
  objectsBefore: z.int(),
  /** Of these, changed or deleted since, and still to be had. */
  recoverable: z.int(),
  /** Deleted since, with no version left to have back. */
  lost: z.int(),
  /** Some of these. */
  examples: z.array(z.string()).max(5),
  /** Written since then without a version of its own: what was there before is gone. */
  unversioned: z.int(),
  open: KeySoFar.nullable(),
  /** Where the next page begins; null at the end, or at the beginning. */
  next: z.object({ key: z.string(), version: z.string().nullable() }).nullable(),
  /** Read to its end, or as far as a drill reads. */
  isOver: z.boolean(),
  isWhole: z.boolean(),
});
export type BucketLook = z.infer<typeof BucketLook>;

/** One entry of a listing: a version of an object, or a deletion. */
export interface VersionEntry {
  key: string;
  at: Date;
  isDeletion: boolean;
  /** S3's `null` version: written while versioning was off. */
  isUnversioned: boolean;
}

/** A page of versions in the order of keys, the newest of each first. */
export interface VersionPage {
  entries: readonly VersionEntry[];
  next: { key: string; version: string | null } | null;
}

/** What the bucket itself says of how it keeps what was. */
export interface BucketSettings {
  versioning: string;
  /** The rules that are in force, as far as they take something away. */
  expiry: readonly { id: string; currentDays: number | null; noncurrentDays: number | null }[];
}

/** Pages that a drill reads of a bucket: two million versions. */
export const MOST_PAGES = 2_000;

/** A look that has not begun to read; `ageDays` is how long ago the snapshot was made. */
export function beginLook({ versioning, expiry }: BucketSettings, ageDays: number): BucketLook {
  const early = expiry.flatMap(({ id, currentDays, noncurrentDays }) => [
    ...(currentDays === null ? [] : [`the rule ${id} deletes objects after ${currentDays} days`]),
    ...(noncurrentDays !== null && noncurrentDays <= ageDays ? [`the rule ${id} takes earlier versions away after ${noncurrentDays} days`] : []),
  ]);
  const none = { pages: 0, versions: 0, objects: 0, objectsBefore: 0, recoverable: 0, lost: 0, unversioned: 0 };
  return { versioning, expires: early.length > 0 ? early.join("; ") : null, ...none, examples: [], open: null, next: null, isOver: false, isWhole: false };
}

/** The moments of which it is asked what there was: that of the snapshot, and that of the last proven one. */
interface Times {
  time: Date;
  earlier: Date | null;
}

/** Adds one page to what is known; `earlier` is the time of the last proven snapshot. */
export function readPage(look: BucketLook, page: VersionPage, times: Times): BucketLook {
  let so = { ...look, pages: look.pages + 1, versions: look.versions + page.entries.length, next: page.next };
  for (const entry of page.entries) {
    if (so.open && so.open.key !== entry.key) so = close(so, so.open);
    so.open = withEntry(so.open ?? freshKey(entry.key), entry, times);
    if (entry.isUnversioned && entry.at > times.time) so.unversioned += 1;
  }
  if (page.next) return { ...so, isOver: so.pages >= MOST_PAGES };
  return { ...(so.open ? close(so, so.open) : so), isOver: true, isWhole: true };
}

const freshKey = (key: string): KeySoFar => ({ key, wasThere: null, wasEarlier: null, hasObject: false, changed: false, deletedSince: false });

function withEntry(so: KeySoFar, { at, isDeletion }: VersionEntry, { time, earlier }: Times): KeySoFar {
  const isSince = at > time;
  return {
    ...so,
    hasObject: so.hasObject || !isDeletion,
    changed: so.changed || isSince,
    deletedSince: so.deletedSince || (isDeletion && isSince),
    wasThere: so.wasThere ?? (isSince ? null : !isDeletion),
    wasEarlier: so.wasEarlier ?? (earlier === null || at > earlier ? null : !isDeletion),
  };
}

/** A deletion of which nothing is left: without it nobody could tell that there ever was an object. */
function close(look: BucketLook, { key, wasThere, wasEarlier, hasObject, changed, deletedSince }: KeySoFar): BucketLook {
  const isLost = deletedSince && !hasObject;
  return {
    ...look,
    open: null,
    objects: look.objects + (wasThere ? 1 : 0),
    objectsBefore: look.objectsBefore + (wasEarlier ? 1 : 0),
    recoverable: look.recoverable + (wasThere && changed ? 1 : 0),
    lost: look.lost + (isLost ? 1 : 0),
    examples: isLost && look.examples.length < MOST_EXAMPLES ? [...look.examples, key.slice(0, 200)] : look.examples,
  };
}

const MOST_EXAMPLES = 5;
