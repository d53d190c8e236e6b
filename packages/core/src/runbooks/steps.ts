import type { DeclaredDocument, DocumentPointer } from "../desired/documents.ts";
import type { LoginId } from "../desired/vault.ts";
import type { DesiredState } from "../fleet/probe.ts";
import type { DatabaseVerdict } from "../proof/database/record.ts";
import type { DrillNote, DrillVerdict } from "../proof/drill-record.ts";
import type { TemplateVersion } from "../proof/ports.ts";
import type { RestoreSource } from "../restore/restore-record.ts";
import type { PruneOrder } from "../snapshots/prune-record.ts";
import type { SnapshotOrder } from "../snapshots/slot-record.ts";

/**
 * Every possible change to the world is one key of `Changes`; forgetting its actuator is a compile error.
 * Each is safe to repeat: an actuator first looks whether the change is there already.
 */
export interface Changes {
  /** Restarts Package Manager on one node; the node remembers `key`, so a repeat is not a second restart. */
  "restart-service": { instanceId: string };
  /** Makes one node equal to the desired state; `format` names the one volume on which it may make a file system, if that is blank. */
  converge: { instanceId: string; format?: string };
  /** Takes one node out of the balancer by Standby; `keepDesired` makes the group launch a stand-in at once. */
  isolate: { instanceId: string; keepDesired: boolean };
  /** Tells Package Manager on a node that no longer gets traffic to finish its work (`rspm offline`). */
  drain: { instanceId: string };
  "set-desired-capacity": { desired: number };
  /** Notes that `instanceId` stands in for `ancestor`, so that a budget spent on one counts for the other. */
  "remember-lineage": { instanceId: string; ancestor: string };
  /** Answers a lifecycle hook by instance id. */
  "complete-lifecycle": { instanceId: string; hook: string; result: "CONTINUE" | "ABANDON" };
  /** Terminates one named node through its group. The desired capacity stays. */
  retire: { instanceId: string };
  /** Gives a server its data volume; only one that nobody has. */
  "attach-volume": { volumeId: string; instanceId: string };
  /** Takes the mark off a volume that was new: from now on nobody may make a file system on it. */
  "settle-volume": { volumeId: string };
  /** Brings the fleet's address to a server; it is taken from nobody. */
  "move-address": { allocationId: string; instanceId: string };
  /** Starts the pipeline of the golden image. */
  "build-image": { attempt: number };
  /** Makes the data volume of a single server, once. */
  "make-volume": { volume: NonNullable<DeclaredDocument["dataVolume"]> };
  /** Writes what the nodes are to be into the state bucket; nothing is in effect by that. */
  "write-document": {
    declared: DocumentPointer;
    dataVolume: string | null;
    database: { host: string; masterSecret: string; login: LoginId } | null;
    keyFingerprint: string;
    /** Of the document that will be written: it follows from the rest. */
    sha256: string;
  };
  /** Makes a version of Steward's own launch template: this version of the deploy's, with an image in it. */
  "write-template": { base: string; baseVersion: number; imageId: string };
  /** Sets all sizes of the group, and the numeric version of Steward's template; null leaves the template as it is. */
  "size-group": { min: number; max: number; desired: number; template: number | null };
  /** Makes logins and schemas in the empty database, on a node. */
  "init-database": { instanceId: string; document: DocumentPointer };
  "remember-database": object;
  /** Puts a desired state into effect that follows the one in effect. */
  "commit-desired": { state: DesiredState };
  /** Makes the one set of snapshots of a slot: quiesce, snapshot, thaw in one go. */
  "take-snapshots": SnapshotOrder;
  /** Deletes what is due as of a moment, as much as one invocation can; repeated until nothing is left. */
  "prune-snapshots": PruneOrder;
  /** Locks the newest good snapshots, or makes their locks last longer. */
  "lock-snapshots": object;
  /** Begins the copies whose turn it is in the other region. */
  "copy-snapshots": object;
  /** As `prune-snapshots`, of the copies in the other region. */
  "prune-copies": PruneOrder;
  /** Chooses the snapshot that is to be proven, unless one is named, and puts the drill on the ledger. */
  "begin-drill": { id: string; snapshotId: string | null; volumeId: string | null };
  /** Asks the fleet's own server how much it has; its answer comes within a minute or two. */
  "ask-count": { id: string; instanceId: string; number: number };
  /** Makes a volume of the snapshot, for its drill alone. */
  "make-copy": { id: string; snapshotId: string };
  /** Writes down what the server on the copy is to become: what is in effect, kept from every other computer. */
  "write-drill-document": { id: string; copyId: string; of: DesiredState };
  /** Launches the server that looks at the copy, outside of the group. */
  "launch-prover": { id: string; copyId: string; template: TemplateVersion };
  "attach-copy": { copyId: string; instanceId: string };
  /** Makes that server what its document says, by command and by nothing else; Package Manager is started on the copy only where `start` says so. */
  "converge-copy": { instanceId: string; document: DocumentPointer; start: boolean };
  "note-drill": { id: string; note: DrillNote };
  /** Sends the question what is on the copy; its answer comes minutes later. */
  "ask-proof": { id: string; instanceId: string; number: number };
  /** Says on the ledger how the drill came out. */
  "conclude-drill": { id: string; verdict: DrillVerdict };
  /** Says on the snapshot what the ledger says of it. */
  "mark-proof": { id: string; snapshotId: string };
  /** Ends servers and deletes volumes that drills have made; a volume only once nobody has it. */
  "remove-drill": { instanceIds: string[]; volumeIds: string[] };
  /** Puts a restore on the ledger, after the `after`th word on the one before. */
  "begin-restore": { id: string; plan: string; from: RestoreSource; formerId: string | null; after: number };
  /** Makes a volume of a snapshot, of the kind of another, from which users will be served. */
  "make-restore-volume": { id: string; snapshotId: string; like: string | null };
  /** Writes down what is in effect with another data volume in it. */
  "write-restore-document": { id: string; volumeId: string; of: DesiredState };
  /** Says on volumes which one is the fleet's, and which are kept. */
  "mark-volumes": { id: string; volumeId: string; kept: string[] };
  /** Ends a single server through its group, which brings another. */
  "end-server": { instanceId: string };
  "note-restored": { id: string; restoredAt: Date };
  /** Lets go of the volumes that a restore has kept, which stay there. */
  "confirm-restore": { id: string; kept: string[] };
  /** Chooses the snapshot of the database that is to be proven, unless one is named, and puts the drill on the ledger. */
  "begin-database-drill": { id: string; snapshotId: string | null };
  /** Orders a database to be restored from the snapshot, for its drill alone. */
  "restore-database": { id: string; snapshotId: string; instanceClass: string };
  /** Looks through some more of what the package bucket has had; repeated until it is at its end. */
  "check-bucket": { id: string };
  /** Asks a node what is in the copy and what in the fleet's own database; its answer comes later. */
  "ask-database-proof": { id: string; instanceId: string; copy: { host: string; port: number }; number: number };
  /** Says on the snapshot and on the ledger how the drill came out. */
  "conclude-database-drill": { id: string; servedAt: Date | null; verdict: DatabaseVerdict };
  /** Copies a proven snapshot into one that RDS does not expire. */
  "keep-proven": { id: string; snapshotId: string };
  /** Deletes databases that drills have made, and kept snapshots that nobody needs any more. */
  "remove-database-drill": { copyIds: string[]; keptIds: string[] };
  "end-database-drill": { id: string; endedAt: Date };
  /** Takes an image out of use without losing it, and notes when; only one that nothing keeps right then. */
  "disable-image": { imageId: string };
  /** Takes an image away with the snapshots that it rests on; only one that nothing keeps right then. */
  "deregister-image": { imageId: string; snapshotIds: string[] };
  /** Marks snapshots whose image is gone, and deletes those that have been marked for a day; only what nothing keeps right then. */
  "clear-left-snapshots": { snapshotIds: string[] };
}

export type Change = keyof Changes;
/** One step of a plan: plain data. */
export type Step = { [K in Change]: { do: K; because: string } & Changes[K] }[Change];
export type StepOf<K extends Change> = Extract<Step, { do: K }>;

/** What a step needs to know of the run that does it. */
export interface StepContext {
  /** Unique per run and step: nodes and slots remember it. */
  key: string;
  /** Lease epoch of the run. */
  epoch: number;
  /** After this the effect must not begin any more. */
  notAfter: Date;
}

export type Actuators = { [K in Change]: (step: StepOf<K>, context: StepContext) => Promise<void> };
