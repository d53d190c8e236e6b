import { DATABASE_DRILL, VOLUME_DRILL } from "../runbooks/prove-restore.ts";
import { RUNBOOKS } from "../runbooks/registry.ts";
import type { Change } from "../runbooks/steps.ts";
import { type Keeping, keepingOf, type SnapshotPolicy, type StageSettings } from "../settings/schema.ts";
import { type Arns, arns } from "./arns.ts";
import { FUNCTION_IDS, type FunctionId, type FunctionSpec } from "./control-spec.ts";
import { readDatabaseDrills } from "./database-drill-grants.ts";
import { readFirstDeploy, readImages, readServer } from "./first-deploy-grants.ts";
import {
  announce,
  CHANGE_GRANTS,
  checkpoint,
  closeIncidents,
  commandNodes,
  deadLetter,
  freeLeases,
  type Grant,
  keepLedger,
  policyOf,
  publish,
  publishMetrics,
  queryLedger,
  readDatabase,
  readFleet,
  readTargets,
  startRuns,
  updateLedger,
  writeLedger,
  writeLogs,
} from "./grants.ts";
import { readOwnImages } from "./image-grants.ts";
import { type Names, names } from "./names.ts";
import { archiveSnapshots, readSnapshots, readTiers } from "./snapshot-grants.ts";
import type { TopologyKind } from "./topology.ts";

/** Changes that a runbook of both topologies makes in one of them only. */
const ONLY_IN: Partial<Record<Change, TopologyKind>> = {
  "make-volume": "single",
  "init-database": "ha",
  "remember-database": "ha",
  ...Object.fromEntries(VOLUME_DRILL.map((change) => [change, "single"])),
  ...Object.fromEntries(DATABASE_DRILL.map((change) => [change, "ha"])),
};

/** Changes that are made only where the settings ask for them. */
const WANTED: Partial<Record<Change, (policy: SnapshotPolicy) => boolean>> = {
  "lock-snapshots": ({ lock }) => lock !== null,
  "copy-snapshots": ({ copy }) => copy !== null,
  "prune-copies": ({ copy }) => copy !== null,
};

const isWanted = (change: Change, { snapshots }: Keeping): boolean => !WANTED[change] || (snapshots !== null && WANTED[change](snapshots));

/** Rights that go with a setting which is off unless somebody wants it. */
function optional(settings: StageSettings): Record<"archives", { reads: Grant[]; writes: Grant[] }> {
  const { snapshots } = keepingOf(settings);
  return { archives: snapshots?.archive ? { reads: [readTiers], writes: [archiveSnapshots] } : { reads: [], writes: [] } };
}

/** What the runbooks of a topology may change, each change once. */
function changesIn(settings: StageSettings): Grant[] {
  const { topology } = settings;
  const made = Object.values(RUNBOOKS)
    .flatMap(({ topologies, changes }) => (topologies.includes(topology) ? changes : []))
    .filter((change) => (ONLY_IN[change] ?? topology) === topology && isWanted(change, keepingOf(settings)));
  return (Object.keys(CHANGE_GRANTS) as Change[]).filter((change) => made.includes(change)).map((change) => CHANGE_GRANTS[change]);
}

/** Whether anything that can be done in a topology has to be approved by a person first. */
const isApprovable = (topology: TopologyKind): boolean =>
  Object.values(RUNBOOKS).some(({ propose, topologies }) => propose !== undefined && topologies.includes(topology));

/** A run may take a day at most; its history stays for 14 days, in which its name can't be used again. */
const DURABLE = { executionTimeoutSeconds: 86_400, retentionDays: 14, alias: "live" };

/** Of an event that a plain function failed on. */
const RETRY = { retries: 2, maxAgeSeconds: 3_600 };

/** Functions that have to know what the settings say of keeping and pruning. */
export const KEEPERS: readonly FunctionId[] = ["remediate", "runbook", "approve", "keep-snapshots"];

/** Every function of a stage, each with a role of its own that is made of what it does. */
export function functions(settings: StageSettings, stage: string): FunctionSpec[] {
  const context = { stage, settings, n: names(stage), a: arns(stage, placeOf(settings)) };
  // Nobody stands before a single server, so whoever looks has to ask it.
  const own = settings.topology === "ha" ? [readDatabase, readTargets] : [readServer];
  const sees = [readFleet, readImages, readFirstDeploy, ...own, ...(settings.topology === "single" ? [commandNodes] : [])];
  const { archives } = optional(settings);
  const kept = settings.topology === "single" ? [readOwnImages, readSnapshots, ...archives.reads] : [readOwnImages, readDatabaseDrills];
  const watches = [keepLedger, closeIncidents, freeLeases, startRuns, announce, publishMetrics];
  const specs: Record<FunctionId, () => FunctionSpec> = {
    observe: () => define(context, "observe", [...sees, commandNodes, ...watches]),
    remediate: () =>
      define(
        context,
        "remediate",
        [...sees, commandNodes, keepLedger, closeIncidents, announce, checkpoint, ...changesIn(settings), ...archives.reads, ...archives.writes],
        {
          durable: DURABLE,
          asyncRetry: null,
          timeoutSeconds: 120,
        },
      ),
    alert: () => define(context, "alert", [queryLedger, updateLedger, publish], { asyncRetry: { ...RETRY, maxAgeSeconds: 21_600 } }),
    runbook: () => define(context, "runbook", [...sees, ...kept, queryLedger, writeLedger, startRuns]),
    // Where nothing has to be approved it finds no plan, and needs to see no more than that.
    approve: () =>
      define(
        context,
        "approve",
        isApprovable(settings.topology) ? [readFleet, ...own, readSnapshots, ...archives.reads, queryLedger, writeLedger, startRuns] : [queryLedger],
      ),
    "keep-snapshots": () => define(context, "keep-snapshots", [readFleet, readFirstDeploy, ...own, ...kept, ...watches]),
  };
  return FUNCTION_IDS.map((id) => specs[id]());
}

const placeOf = (settings: StageSettings): Parameters<typeof arns>[1] => ({
  account: settings.account,
  region: settings.region,
  ...(settings.topology === "single" && { snapshots: settings.snapshots }),
});

/** What a function reads of where it runs; `lambda/environment.ts` of the functions is its reader. */
const environmentOf = (id: FunctionId, { stage, settings }: Pick<Context, "stage" | "settings">): Record<string, string> => ({
  STEWARD_STAGE: stage,
  STEWARD_ACCOUNT: settings.account,
  STEWARD_TOPOLOGY: settings.topology,
  ...(KEEPERS.includes(id) && { STEWARD_KEEPING: JSON.stringify(keepingOf(settings)) }),
});

interface Context {
  stage: string;
  settings: StageSettings;
  n: Names;
  a: Arns;
}

function define({ stage, settings, n, a }: Context, id: FunctionId, grants: Grant[], extra: Partial<FunctionSpec> = {}): FunctionSpec {
  return {
    name: n.function(id),
    handler: id,
    durable: null,
    timeoutSeconds: 60,
    memoryMb: 512,
    environment: environmentOf(id, { stage, settings }),
    role: { name: n.function(id), policy: policyOf([...grants, deadLetter, writeLogs(id)], a, stage) },
    logs: { name: `/aws/lambda/${n.function(id)}`, retentionDays: settings.logDays },
    asyncRetry: RETRY,
    onFailure: n.deadLetter,
    ...extra,
  };
}
