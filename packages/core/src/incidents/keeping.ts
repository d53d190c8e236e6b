import type { GuardId } from "../guards/guard.ts";
import type { Incident, KeepingKind } from "./incident.ts";

/** What users notice of a trouble with snapshots is nothing; this is what it is about all the same. */
export const AT_STAKE: Record<KeepingKind, string> = {
  "snapshot-failed": "were the volume lost now, what was written since the last snapshot would be lost with it.",
  "snapshot-stuck": "were the volume lost now, what was written since the last finished snapshot would be lost with it.",
  "snapshot-missing": "were the volume lost now, what was written since the last snapshot would be lost with it.",
  "snapshots-unfrozen": "a restored copy would be as after a power cut, which the database survives, and nobody can vouch for more.",
  "pruning-stopped": "nothing is lost; snapshots are kept, and paid for, until somebody looks.",
  "pruning-partial": "nothing is lost; snapshots are kept, and paid for, until they can be deleted.",
  "orphaned-snapshots": "they are the only copies of what was on the volume, and but for the floor they are deleted when they are due.",
  "snapshots-unlocked": "nothing is lost; whoever may delete snapshots could delete the newest too.",
  "copy-failed": "were this region lost now, what the snapshot holds would be lost with it.",
  "copy-missing": "were this region lost now, what was written since the last copy would be lost with it.",
  "copies-unpruned": "nothing is lost; copies are kept, and paid for, until they can be deleted.",
  "restore-unproven": "were the data lost now, nobody could say whether a snapshot brings them back.",
  "drill-left-over": "nothing is lost; a server, a volume or a database that nobody needs is paid for until it is removed.",
  "restore-unconfirmed": "nothing is lost; nothing is pruned, and two volumes are paid for, until somebody confirms the restore or goes back on it.",
  "images-unpruned": "nothing is lost; images and their snapshots are kept, and paid for, until they can be taken away.",
};

/** What a person is told to do about it; undefined where Steward itself goes on. */
const ADVICE: Record<KeepingKind, { guard: GuardId; words: string } | undefined> = {
  "snapshot-failed": undefined,
  "snapshot-stuck": undefined,
  "snapshot-missing": { guard: "nothing-left-to-try", words: "I go on trying, and a human has to look why it does not help" },
  "snapshots-unfrozen": { guard: "nothing-left-to-try", words: "I take them all the same, and a human has to look why the server does not come to rest" },
  "pruning-stopped": {
    guard: "blast-radius",
    words: "nothing was deleted; if that is meant, run prune-snapshots with `confirm`, the number of deletions that you have seen in the plan",
  },
  "pruning-partial": { guard: "nothing-left-to-try", words: "I try again every hour, and a human has to look why it does not help" },
  "orphaned-snapshots": { guard: "nothing-left-to-try", words: "set the tag steward:hold on those that have to stay" },
  "snapshots-unlocked": { guard: "nothing-left-to-try", words: "I try again every hour, and a human has to look why it does not help" },
  "copy-failed": { guard: "nothing-left-to-try", words: "I have tried for a day and try no more with these; newer ones are copied all the same" },
  "copy-missing": { guard: "nothing-left-to-try", words: "I go on trying with each new snapshot, and a human has to look why it does not help" },
  "copies-unpruned": { guard: "nothing-left-to-try", words: "look at the copies, and run prune-copies with `confirm` if so many are meant to go" },
  "restore-unproven": {
    guard: "nothing-left-to-try",
    words: "as long as drills are on I try again every day with the newest snapshot, and a human has to look why it does not help",
  },
  "drill-left-over": { guard: "nothing-left-to-try", words: "I go on trying to remove it, and a human has to look why it does not help" },
  "restore-unconfirmed": { guard: "nothing-left-to-try", words: "run confirm-restore, or restore-volume with the volume that was kept; I ask again tomorrow" },
  "images-unpruned": { guard: "nothing-left-to-try", words: "I try again every day, and a human has to look why it does not help" },
};

/** The words with which a person is paged about it. */
export function pageOf({ kind, evidence }: Incident & { kind: KeepingKind }): { guard: GuardId; because: string } | undefined {
  const advice = ADVICE[kind];
  return advice && { guard: advice.guard, because: `${evidence.join("; ")}: ${advice.words}` };
}
