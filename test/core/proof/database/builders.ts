import type { DatabaseReport, ReadDatabase } from "@steward/core/fleet/database-report";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import type { BucketLook } from "@steward/core/proof/database/bucket";
import type { DatabaseCopy, DatabaseDrillFacts, KeptSnapshot } from "@steward/core/proof/database/facts";
import type { DatabaseDrillRecord } from "@steward/core/proof/database/record";
import { keepingOf } from "@steward/core/settings/schema";
import { haSettings } from "../../../settings.ts";
import { ago, healthyFleet, NOW } from "../../builders.ts";

export const DRILL = "20260504t025500";
export const COPY = `steward-demo-drill-${DRILL}`;
export const KEPT = `steward-demo-proven-${DRILL}`;
export const SNAPSHOT = "rds:steward-demo-2026-05-04-03-00";
export const NODE = "i-0aaaaaaaaaaaaaaa1";

/** A pair whose restores are proven by the defaults. */
export const pair = policyOf("ha", keepingOf(haSettings()));

/** No drill has ever been, and there is a snapshot of an hour ago. */
export const noDrill = (but: Partial<DatabaseDrillFacts> = {}): DatabaseDrillFacts => ({
  record: null,
  copies: [],
  kept: [],
  snapshots: [{ id: SNAPSHOT, at: ago({ hours: 1 }) }],
  since: ago({ days: 3 }),
  answer: { kind: "not-asked" },
  ...but,
});

export const fleet = (databaseDrill: DatabaseDrillFacts | null, but: Partial<FleetFacts> = {}): FleetFacts => healthyFleet({ databaseDrill, ...but });

/** A drill that was begun five minutes ago and has made nothing yet. */
export const record = (but: Partial<DatabaseDrillRecord> = {}): DatabaseDrillRecord => ({
  id: DRILL,
  key: "demo-duty-prove-20260504t0200-1/round 1.1",
  snapshotId: SNAPSHOT,
  snapshotAt: ago({ hours: 1 }),
  databaseId: "steward-demo",
  startedAt: ago({ minutes: 5 }),
  rpoSeconds: 3300,
  latestSeconds: 300,
  state: "under-way",
  because: null,
  decidedAt: null,
  verdicts: [],
  copyId: null,
  restoreAt: null,
  servedAt: null,
  bucket: null,
  asked: null,
  keptId: null,
  endedAt: null,
  provenAt: null,
  baseline: null,
  unproven: null,
  revision: 1,
  ...but,
});

/** A bucket that was looked through to its end, and has everything. */
export const look = (but: Partial<BucketLook> = {}): BucketLook => ({
  versioning: "Enabled",
  expires: null,
  pages: 1,
  versions: 12,
  objects: 10,
  objectsBefore: 0,
  recoverable: 1,
  lost: 0,
  examples: [],
  unversioned: 0,
  open: null,
  next: null,
  isOver: true,
  isWhole: true,
  ...but,
});

/** It has its copy, and the bucket was looked through. */
export const restored = (but: Partial<DatabaseDrillRecord> = {}): DatabaseDrillRecord =>
  record({ copyId: COPY, restoreAt: ago({ minutes: 4 }), bucket: look(), ...but });

export const copy = (but: Partial<DatabaseCopy> = {}): DatabaseCopy => ({
  id: COPY,
  drillId: DRILL,
  status: "available",
  madeAt: ago({ minutes: 3 }),
  host: `${COPY}.c0.us-east-1.rds.amazonaws.com`,
  port: 5432,
  ...but,
});

export const kept = (but: Partial<KeptSnapshot> = {}): KeptSnapshot => ({ id: KEPT, drillId: DRILL, status: "available", madeAt: NOW, ...but });

/** A database with everything in it. */
export const side = (but: Partial<ReadDatabase> = {}): ReadDatabase => ({
  state: "read",
  answeredAt: NOW,
  login: "database-login-a",
  tls: true,
  serverVersion: 160_004,
  schemas: ["metrics", "pm"],
  shape: "0cc175b9c0f1b6a831c399e269772661",
  invalidIndexes: 0,
  tableCount: 2,
  tables: [
    { name: "pm.packages", rows: 5_000, exact: true },
    { name: "pm.sources", rows: 2, exact: true },
  ],
  ...but,
});

export const reportOf = (but: Partial<DatabaseReport> = {}): DatabaseReport => ({
  databaseProof: 1,
  instanceId: NODE,
  at: NOW,
  copy: side(),
  fleet: side(),
  end: "end-of-report",
  ...but,
});
