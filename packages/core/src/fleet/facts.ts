import { z } from "zod";
import { Approval } from "../approval/stored-plan.ts";
import { FirstDeployFacts } from "../first-deploy/facts.ts";
import { ImageFacts } from "../image/image-facts.ts";
import { ImageBuild, ImageRecord } from "../image/ledger.ts";
import { Attempt } from "../incidents/attempt.ts";
import { Incident } from "../incidents/incident.ts";
import { RunRecord } from "../incidents/run-record.ts";
import { DatabaseDrillFacts } from "../proof/database/facts.ts";
import { DrillFacts } from "../proof/facts.ts";
import { RestoreFacts } from "../restore/facts.ts";
import { PruneRecord } from "../snapshots/prune-record.ts";
import { SlotRecord } from "../snapshots/slot-record.ts";
import { InstanceId } from "./instance-id.ts";
import { DesiredState, ProbeReport } from "./probe.ts";

/** A probe is a report, or the reason why there is none; `not-asked` where nobody looked. */
export const Probe = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("report"), report: ProbeReport }),
  z.object({ kind: z.literal("unknown"), because: z.string() }),
  z.object({ kind: z.literal("not-asked") }),
]);
export type Probe = z.infer<typeof Probe>;

/** One node as AWS and the node itself see it. */
export const NodeFacts = z.object({
  instanceId: InstanceId,
  imageId: z.string(),
  launchedAt: z.coerce.date(),
  /** EC2's state; null when EC2 does not know the instance (any more, or yet). */
  ec2: z.enum(["pending", "running", "shutting-down", "terminated", "stopping", "stopped"]).nullable(),
  statusChecks: z.enum(["ok", "impaired", "initializing", "unknown"]),
  /** Auto Scaling's lifecycle state, for example `Pending:Wait`; null when the group does not list it. */
  lifecycle: z.string().nullable(),
  /** Target health state and reason; null when not registered. */
  target: z
    .object({ state: z.enum(["initial", "healthy", "unhealthy", "unhealthy.draining", "unused", "draining", "unavailable"]), reason: z.string().nullable() })
    .nullable(),
  probe: Probe,
});
export type NodeFacts = z.infer<typeof NodeFacts>;

export const Activity = z.object({ id: z.string(), description: z.string(), cause: z.string(), status: z.string(), startedAt: z.coerce.date() });
export type Activity = z.infer<typeof Activity>;

/** Who may change the fleet now; expiry is compared with time, never left to the table's own deletion. */
export const Lease = z.object({ scope: z.string(), holder: z.string(), execution: z.string(), epoch: z.number().int(), expiresAt: z.coerce.date() });
export type Lease = z.infer<typeof Lease>;

/** The operator's switch: `on` acts, `off` watches and alerts only. */
export const Switch = z.object({ position: z.enum(["on", "off"]), because: z.string().optional() });
export type Switch = z.infer<typeof Switch>;

/** Everything a decision may rest on, read at one time; what could not be read is named, never guessed. */
export const FleetFacts = z.object({
  stage: z.string(),
  at: z.coerce.date(),
  group: z.object({
    name: z.string(),
    desired: z.number().int(),
    min: z.number().int(),
    max: z.number().int(),
    /** What the group said when its newest finished activity failed; null where it did not. */
    failure: z.string().nullable(),
    /** Launch template and numeric version from which it launches; null where it names none of the two. */
    template: z.object({ name: z.string(), version: z.string() }).nullable(),
    /** Scaling activities still in progress. */
    activities: z.array(Activity),
  }),
  nodes: z.array(NodeFacts),
  database: z.object({ id: z.string(), status: z.string() }).nullable(),
  alarms: z.array(z.object({ name: z.string(), state: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]) })),
  switch: Switch,
  /** What is in effect; null where nothing is yet. */
  desired: DesiredState.nullable(),
  /** The data volume of a single server; null in a pair, or before there is one. */
  dataVolume: z.object({ id: z.string(), state: z.string(), attachedTo: InstanceId.nullable(), isNew: z.boolean() }).nullable(),
  /** The address of a single server; null in a pair. */
  address: z.object({ allocationId: z.string(), instanceId: InstanceId.nullable() }).nullable(),
  /** The image ledger, and what Image Builder says of its builds, newest first; null where nobody asked it. */
  images: z.array(ImageRecord),
  builds: z.array(ImageBuild).nullable(),
  /** The images that EC2 has of this stage, and who needs them; null where nobody asked. */
  ownImages: ImageFacts.nullable(),
  /** Null unless a first deploy is under way. */
  firstDeploy: FirstDeployFacts.nullable(),
  /** Incidents that are open, and those closed within the last hour. */
  incidents: z.array(Incident),
  closed: z.array(Incident),
  /** Announcements that reached people within the last day, as `<incident id>/<kind>`. */
  announced: z.array(z.string()),
  /** Runs started within the last 24 h. */
  runs: z.array(RunRecord),
  /** Runbooks begun within the last 24 h; oldest first. */
  attempts: z.array(Attempt),
  /** Instance id to the instance it stands in for, whatever the number of replacements in between. */
  lineage: z.record(z.string(), z.string()),
  leases: z.array(Lease),
  /** Slots of snapshots that were claimed or filled within the last day, and the newest prunings; empty in a pair. */
  slots: z.array(SlotRecord),
  prunings: z.array(PruneRecord),
  /** How a restore is proven; null where nobody asked, and in a pair. */
  drill: DrillFacts.nullable(),
  /** How far the restore of a data volume is; null in a pair. */
  restore: RestoreFacts.nullable(),
  /** Plans of the last days that wait for a person's approval, or have it. */
  approvals: z.array(Approval),
  /** The same of a pair's database; null where nobody asked, and in a single server. */
  databaseDrill: DatabaseDrillFacts.nullable(),
  /** What could not be read, and why. */
  unread: z.array(z.object({ what: z.string(), because: z.string() })),
});
export type FleetFacts = z.infer<typeof FleetFacts>;
