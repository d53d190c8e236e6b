import type { StoredPlan } from "../approval/stored-plan.ts";
import type { CopyBooks } from "../copies/ports.ts";
import type { FirstDeployNote, FirstDeployRecord } from "../first-deploy/facts.ts";
import type { FleetFacts, Lease } from "../fleet/facts.ts";
import type { ImageRecord } from "../image/ledger.ts";
import type { Attempt } from "../incidents/attempt.ts";
import type { Incident } from "../incidents/incident.ts";
import type { RunRecord } from "../incidents/run-record.ts";
import type { DatabaseDrillRecord } from "../proof/database/record.ts";
import type { DrillRecord } from "../proof/drill-record.ts";
import type { RestoreRecord } from "../restore/restore-record.ts";
import type { Actuators } from "../runbooks/steps.ts";
import type { PruneRecord } from "../snapshots/prune-record.ts";
import type { SlotRecord } from "../snapshots/slot-record.ts";

/**
 * How closely to look: `probe: "nobody"` asks AWS and the ledger only, so nobody is seen to serve where no balancer says so; `"front"` also
 * asks a single server, which has none before it; `"everybody"` asks each node for its report. `builds` also asks Image Builder,
 * `images` also asks EC2 for every image of the stage and who needs it.
 */
export interface Look {
  probe: "nobody" | "front" | "everybody";
  builds: boolean;
  images?: boolean;
  /** Also asks how far the proof of a restore is. */
  drill?: boolean;
}

/** Reads the whole fleet; whatever can't be read is named in `unread` instead of thrown. */
export interface Observer {
  facts(look: Look): Promise<FleetFacts>;
}

/** One line of the journal of a run: what was about to happen, or what came of it. */
export interface JournalEntry {
  run: string;
  /** Orders the lines of one run. */
  key: string;
  at: Date;
  what: string;
  because: string;
}

/**
 * Steward's memory in DynamoDB. Every write is conditional, so that an event delivered five times writes once.
 */
export interface Ledger extends CopyBooks {
  /** Opens the incident unless one of the same kind and resource is open; returns the open one, and whether it is new. */
  open(candidate: Incident): Promise<{ incident: Incident; isNew: boolean }>;
  /** Compare-and-set on the open incident of that kind and resource; undefined when none is open (any more). */
  change(key: Pick<Incident, "kind" | "resource">, change: (incident: Incident) => Incident): Promise<Incident | undefined>;
  /** Ends it: a closed copy is kept, then the open one goes. Safe to repeat. */
  close(incident: Incident): Promise<void>;
  openIncidents(): Promise<Incident[]>;
  closedIncidents(since: Date): Promise<Incident[]>;
  /** Announcements sent since then, as `<incident id>/<kind>`. */
  announced(since: Date): Promise<string[]>;
  runs(since: Date): Promise<RunRecord[]>;
  /** Notes that a run began, unless it is on the record already. */
  runBegan(record: RunRecord): Promise<void>;
  runEnded(record: RunRecord): Promise<void>;
  attempts(since: Date): Promise<Attempt[]>;
  /** Writes or overwrites the attempt with the same start, run and runbook. */
  putAttempt(attempt: Attempt): Promise<void>;
  lineage(): Promise<Record<string, string>>;
  rememberLineage(instanceId: string, ancestor: string): Promise<void>;
  leases(): Promise<Lease[]>;
  /** Takes the lease when it is free, expired, or already held by this execution; undefined when another holds it. */
  take(request: { scope: string; holder: string; execution: string; now: Date; expiresAt: Date }): Promise<Lease | undefined>;
  /** Renews with a conditional write on holder and epoch; false when the lease is no longer ours. */
  hold(lease: Lease, expiresAt: Date): Promise<boolean>;
  /** Lets go; the epoch stays, so that the next holder's is higher. */
  release(lease: Lease): Promise<void>;
  note(entry: JournalEntry): Promise<void>;
  /** What is on record of the first deploy; empty where none ever began. */
  firstDeploy(): Promise<FirstDeployRecord>;
  noteFirstDeploy(note: FirstDeployNote): Promise<void>;
  images(): Promise<ImageRecord[]>;
  /** Puts an image on the ledger, gives it another standing, or retires it; a candidate only where it is not there yet, unless it is to be retired. */
  noteImage(image: ImageRecord): Promise<void>;
  /** Slots last changed since then, oldest first. */
  slots(since: Date): Promise<SlotRecord[]>;
  slot(slot: Date): Promise<SlotRecord | undefined>;
  /** Compare-and-set: `revision` counts up by one, from 1; false when another was quicker. */
  putSlot(record: SlotRecord): Promise<boolean>;
  /** Prunings begun since then, oldest first. */
  prunings(since: Date): Promise<PruneRecord[]>;
  pruning(key: string): Promise<PruneRecord | undefined>;
  /** Writes or overwrites the pruning with the same key. */
  putPruning(record: PruneRecord): Promise<void>;
  /** The newest drill, whether it is over or not. */
  drill(): Promise<DrillRecord | undefined>;
  /** Compare-and-set: `revision` counts up by one, from drill to drill; false when another was quicker. */
  putDrill(record: DrillRecord): Promise<boolean>;
  /** The newest restore, whether it is over or not. */
  restore(): Promise<RestoreRecord | undefined>;
  /** Compare-and-set: `revision` counts up by one, from restore to restore; false when another was quicker. */
  putRestore(record: RestoreRecord): Promise<boolean>;
  /** Plans that were stored since then, oldest first. */
  plans(since: Date): Promise<StoredPlan[]>;
  /** Stores a plan, once. */
  putPlan(plan: StoredPlan): Promise<void>;
  /** Puts an approval on record; false where there is one already. */
  approvePlan(plan: StoredPlan & { approved: NonNullable<StoredPlan["approved"]> }): Promise<boolean>;
  /** The newest drill of a pair's database, whether it is over or not. */
  databaseDrill(): Promise<DatabaseDrillRecord | undefined>;
  /** Compare-and-set: `revision` counts up by one, from drill to drill; false when another was quicker. */
  putDatabaseDrill(record: DatabaseDrillRecord): Promise<boolean>;
  /** Since when Steward proves restores of this stage by itself; null while it does not. */
  drillsSince(): Promise<Date | null>;
  noteDrillsSince(since: Date | null): Promise<void>;
  /** Claims the sending of one announcement until `until`: `sent` if it went out before, `busy` if another is at it. */
  claimAnnouncement(id: string, now: Date, until: Date): Promise<"claimed" | "sent" | "busy">;
  announcementSent(id: string, now: Date): Promise<void>;
}

/** What is said on our own bus when an incident changes; `alert` turns it into messages for people. */
export interface Announcement {
  kind: "opened" | "paged" | "resolved";
  incident: Incident;
}

export interface Bus {
  announce(announcement: Announcement): Promise<void>;
}

/** Starts and asks after durable executions. */
export interface Runs {
  /** The name is the idempotency key: the same name twice is one run. Returns the execution's ARN where AWS says it. */
  start(name: string, input: unknown): Promise<string | null>;
  /** `unknown` where AWS no longer (or not yet) knows it. */
  status(executionArn: string): Promise<"running" | "ended" | "unknown">;
}

/** Everything a run may use of the world. */
export interface World {
  observer: Observer;
  ledger: Ledger;
  bus: Bus;
  actuators: Actuators;
  now: () => Date;
}
