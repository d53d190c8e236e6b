import type { StageSettings } from "../settings/schema.ts";
import { type Arns, arns } from "./arns.ts";
import type { FunctionId, FunctionSpec } from "./control-spec.ts";
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
import { type Names, names } from "./names.ts";

const everyChange = Object.values(CHANGE_GRANTS);

/** A run may take a day at most; its history stays for 14 days, in which its name can't be used again. */
const DURABLE = { executionTimeoutSeconds: 86_400, retentionDays: 14, alias: "live" };

/** Every function of a stage, each with a role of its own that is made of what it does. */
export function functions(settings: StageSettings, stage: string): FunctionSpec[] {
  const context = { stage, settings, n: names(stage), a: arns(stage, settings) };
  const sees = settings.topology === "ha" ? [readFleet, readDatabase, readTargets] : [readFleet];
  return [
    define(context, "observe", [...sees, commandNodes, keepLedger, closeIncidents, freeLeases, startRuns, announce, publishMetrics]),
    define(context, "remediate", [...sees, commandNodes, keepLedger, closeIncidents, announce, checkpoint, ...everyChange], {
      durable: DURABLE,
      timeoutSeconds: 120,
    }),
    define(context, "alert", [queryLedger, updateLedger, publish], { asyncMaxAgeSeconds: 21_600 }),
    define(context, "runbook", [...sees, queryLedger, writeLedger, startRuns]),
  ];
}

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
    environment: { STEWARD_STAGE: stage, STEWARD_ACCOUNT: settings.account, STEWARD_TOPOLOGY: settings.topology },
    role: { name: n.function(id), policy: policyOf([...grants, deadLetter, writeLogs(id)], a, stage) },
    logs: { name: `/aws/lambda/${n.function(id)}`, retentionDays: settings.logDays },
    asyncRetries: 2,
    asyncMaxAgeSeconds: 3_600,
    onFailure: n.deadLetter,
    ...extra,
  };
}
