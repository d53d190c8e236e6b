import type { EffectiveDocument } from "@steward/core/desired/documents";
import type { Counts } from "@steward/core/fleet/count-report";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { policyOf } from "@steward/core/fleet/policy";
import type { DataLook, ProofReport } from "@steward/core/fleet/proof-report";
import type { DrillRecord } from "@steward/core/proof/drill-record";
import type { DrillFacts, DrillInstance, DrillVolume } from "@steward/core/proof/facts";
import { newDrill } from "@steward/core/proof/new-drill";
import { keepingOf } from "@steward/core/settings/schema";
import { singleSettings } from "../../settings.ts";
import { ago, DOCUMENT, desired, healthyFleet, NOW, node } from "../builders.ts";
import { dataVolume, VOLUME } from "../snapshots/cloud.ts";

export const DRILL = "20260504t025500";
export const COPY = "vol-0c0b1";
export const PROVER = "i-0d0d0d0d0d0d0d0d0";
export const SNAPSHOT = "snap-1";

/** A single server whose snapshots are kept by the defaults. */
export const single = policyOf("single", keepingOf(singleSettings()));
export const server = (drill: DrillFacts | null, but: Partial<FleetFacts> = {}): FleetFacts =>
  healthyFleet({ nodes: [node()], database: null, dataVolume, drill, ...but });

export const COPY_DOCUMENT = {
  pointer: DOCUMENT,
  version: desired.version,
  configFingerprint: desired.configFingerprint,
  keyFingerprint: desired.keyFingerprint,
  starts: true,
};

/** How much the fleet has: as much as the copy. */
export const counts = (but: Partial<Counts> = {}): Counts => ({
  databases: [{ name: "rstudio-pm.sqlite", rows: 44 }],
  storedFiles: 12,
  repositories: 2,
  ...but,
});

/** What was restored, and all of it is well. */
export const dataOf = (but: Partial<DataLook> = {}): DataLook => ({
  databases: [
    {
      name: "rstudio-pm.sqlite",
      integrity: "ok",
      rows: 44,
      tableCount: 2,
      tables: [
        { name: "packages", rows: 41 },
        { name: "sources", rows: 3 },
      ],
    },
  ],
  otherFiles: [],
  storedFiles: 12,
  ...but,
});

/** A drill that was begun five minutes ago, knows how much the fleet has, and has made nothing yet. */
export const record = (but: Partial<DrillRecord> = {}): DrillRecord => ({
  ...newDrill({
    id: DRILL,
    key: "demo-duty-prove-20260504t0200-1/round 1.1",
    snapshotId: SNAPSHOT,
    slot: ago({ hours: 1 }),
    volumeId: VOLUME,
    startedAt: ago({ minutes: 5 }),
    rpoSeconds: 3300,
  }),
  counted: { number: 1, at: ago({ minutes: 5 }), commandId: "count-1", instanceId: node().instanceId },
  fleet: counts(),
  ...but,
});

/** It has made everything, and its server serves. */
export const serving = (but: Partial<DrillRecord> = {}): DrillRecord =>
  record({
    copyId: COPY,
    document: COPY_DOCUMENT,
    instanceId: PROVER,
    launchedAt: ago({ minutes: 4 }),
    look: { ...dataOf(), at: ago({ minutes: 3 }) },
    servedAt: ago({ minutes: 1 }),
    ...but,
  });

export const machine = (but: Partial<DrillInstance> = {}): DrillInstance => ({
  id: PROVER,
  drillId: DRILL,
  state: "running",
  madeAt: ago({ minutes: 4 }),
  ...but,
});
export const volume = (but: Partial<DrillVolume> = {}): DrillVolume => ({
  id: COPY,
  drillId: DRILL,
  state: "in-use",
  attachedTo: PROVER,
  madeAt: ago({ minutes: 5 }),
  ...but,
});

/** What systemd shows of a service that reaches its own computer alone. */
export const ALONE = { denied: ["::/0", "0.0.0.0/0"], allowed: ["127.0.0.0/8", "::1/128"] };

/** Package Manager serves on the copy, and everything of it is as it should be. */
export const proofOf = (but: Partial<ProofReport> = {}): ProofReport => ({
  proof: 1,
  instanceId: PROVER,
  at: NOW,
  volume: COPY,
  data: null,
  isolation: ALONE,
  version: desired.version,
  runningVersion: desired.version,
  service: { state: "active", since: ago({ minutes: 1 }) },
  ping: { kind: "answer", status: 200, ms: 4 },
  configFingerprint: desired.configFingerprint,
  keyFingerprint: desired.keyFingerprint,
  licenseStatus: "Activated",
  repositories: 2,
  metadata: { repository: "cran", path: "/cran/latest/src/contrib/PACKAGES", status: 200, bytes: 9000, ms: 20 },
  package: { name: "praise", path: "/cran/latest/src/contrib/praise_1.0.0.tar.gz", status: 200, bytes: 6000, ms: 9 },
  packageBecause: null,
  loaded: { state: "running", since: ago({ minutes: 1 }), until: null },
  end: "end-of-report",
  ...but,
});

/** The same before Package Manager was ever started on it. */
export const untouched = (but: Partial<ProofReport> = {}): ProofReport =>
  proofOf({
    data: dataOf(),
    service: { state: "inactive", since: null },
    ping: { kind: "refused" },
    runningVersion: null,
    repositories: null,
    metadata: null,
    package: null,
    packageBecause: "Package Manager does not run",
    ...but,
  });

/** What is in effect for the fleet. */
export const effective = (but: Partial<EffectiveDocument> = {}): EffectiveDocument => ({
  effective: 1,
  stage: "demo",
  topology: "single",
  version: desired.version,
  rVersions: [],
  pythonVersions: [],
  license: { kind: "file" },
  config: { text: "[Server]\n", dropIn: "[Service]\nEnvironmentFile=/etc/steward.env\n", environment: {}, files: {} },
  dataVolume: VOLUME,
  database: null,
  ...but,
});
