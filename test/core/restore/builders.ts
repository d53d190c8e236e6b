import { type Approval, planHash } from "@steward/core/approval/stored-plan";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { RestoreVolume } from "@steward/core/restore/facts";
import { restsOn } from "@steward/core/restore/propose";
import type { RestoreRecord } from "@steward/core/restore/restore-record";
import { restoreId } from "@steward/core/runbooks/restore-volume";
import { ago, desired, FIRST, healthyFleet, hence, node } from "../builders.ts";

export const FORMER = "vol-0f0f0f0f0f0f0f0f1";
export const RESTORED = "vol-0e0e0e0e0e0e0e0e2";
export const SNAPSHOT = "snap-0a";

/** A volume that nobody has. */
export const volume = (but: Partial<RestoreVolume> = {}): RestoreVolume => ({
  id: FORMER,
  state: "available",
  attachedTo: null,
  gib: 500,
  name: "steward-demo-data",
  keptFor: null,
  ...but,
});

/** A server that serves from its volume, as it is in effect. */
export const aServer = (but: Partial<FleetFacts> = {}): FleetFacts =>
  healthyFleet({
    group: { ...healthyFleet().group, desired: 1 },
    nodes: [node()],
    database: null,
    desired: { ...desired, dataVolume: FORMER },
    dataVolume: { id: FORMER, state: "in-use", attachedTo: FIRST, isNew: false },
    address: { allocationId: "eipalloc-1", instanceId: FIRST },
    restore: { record: null, volumes: [] },
    ...but,
  });

/** Approved a minute ago, by the facts of that server. */
export function approval(but: Partial<Approval> = {}, of: FleetFacts = aServer()): Approval {
  const plan = { input: { snapshotId: SNAPSHOT }, restsOn: restsOn(of), ...but };
  return {
    hash: planHash("restore-volume", plan),
    runbook: "restore-volume",
    reason: "the database is damaged",
    plannedAt: ago({ minutes: 2 }),
    expiresAt: hence({ hours: 3 }),
    approved: { at: ago({ minutes: 1 }), by: "ada", reason: "we have to", run: "demo-request-x-1" },
    ...plan,
  };
}

/** Begun a minute ago, with a volume that was made and is not in effect. */
export const record = (but: Partial<RestoreRecord> = {}): RestoreRecord => ({
  id: restoreId(approval().hash),
  plan: approval().hash,
  from: { kind: "snapshot", snapshotId: SNAPSHOT },
  formerId: FORMER,
  startedAt: ago({ minutes: 1 }),
  state: "under-way",
  volumeId: RESTORED,
  desired: null,
  restoredAt: null,
  confirmedAt: null,
  kept: [FORMER],
  revision: 2,
  ...but,
});

/** That server with the restore under way, both volumes in sight. */
export const restoring = (but: Partial<RestoreRecord> = {}, facts: Partial<FleetFacts> = {}, volumes: RestoreVolume[] = BOTH): FleetFacts =>
  aServer({ approvals: [approval()], restore: { record: record(but), volumes }, ...facts });

export const made = (but: Partial<RestoreVolume> = {}): RestoreVolume => volume({ id: RESTORED, name: "steward-demo-data-restored", ...but });
export const former = (but: Partial<RestoreVolume> = {}): RestoreVolume => volume({ state: "in-use", attachedTo: FIRST, ...but });
export const BOTH: RestoreVolume[] = [former(), made()];

/** What is in effect once the volume is. */
export const swapped = {
  desired: { ...desired, revision: desired.revision + 1, dataVolume: RESTORED },
  dataVolume: { id: RESTORED, state: "available", attachedTo: null, isNew: false },
};
export const MARKED: RestoreVolume[] = [former({ name: "steward-demo-data-kept", keptFor: record().id }), made({ name: "steward-demo-data" })];
