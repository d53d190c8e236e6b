import { EVENT_TRIGGERS } from "../triggers/registry.ts";
import { alarms } from "./alarms.ts";
import { type Arns, arns } from "./arns.ts";
import { nodeDocument } from "./document.ts";
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
  queryLedger,
  readFleet,
  startRuns,
  updateLedger,
  writeLedger,
  writeLogs,
} from "./grants.ts";
import { type Names, names } from "./names.ts";
import type { FunctionId, FunctionSpec, Place, RuleSpec, Topology } from "./topology.ts";

/** What a stage is given; everything else has the reference architecture's default. */
export interface HaSettings {
  stage: string;
  place: Place;
  subnets: string[];
  imageId: string;
  /** Text of the desired state document (`DesiredState` as JSON). */
  desired: string;
}

/** The high-availability pair: two nodes in one private subnet behind a load balancer, S3 and RDS Postgres. */
export function haTopology(settings: HaSettings): Topology {
  const n = names(settings.stage);
  const a = arns(settings.stage, settings.place);
  return {
    stage: settings.stage,
    kind: "ha",
    group: {
      name: n.group,
      min: 1,
      max: 3,
      desired: 2,
      subnets: settings.subnets,
      healthCheckGraceSeconds: 0,
      healthCheckType: "EC2",
      maintenance: { minHealthyPercent: 100, maxHealthyPercent: 150 },
      hooks: [
        { name: n.launchHook, transition: "autoscaling:EC2_INSTANCE_LAUNCHING", heartbeatSeconds: 7200, defaultResult: "ABANDON" },
        { name: n.terminateHook, transition: "autoscaling:EC2_INSTANCE_TERMINATING", heartbeatSeconds: 900, defaultResult: "CONTINUE" },
      ],
      launchTemplate: n.launchTemplate,
      tags: { "steward:stage": settings.stage },
    },
    launchTemplate: { name: n.launchTemplate, imageId: settings.imageId, instanceType: "c5.4xlarge", instanceProfile: n.instanceProfile },
    targetGroup: {
      name: n.targetGroup,
      loadBalancer: n.loadBalancer,
      port: 4242,
      health: { path: "/__ping__", intervalSeconds: 10, timeoutSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 3, successCodes: "200" },
      deregistrationDelaySeconds: 60,
    },
    database: { id: n.database, name: "rstudio_pm", instanceClass: "db.t3.xlarge", storageGb: 100 },
    bucket: n.bucket,
    table: n.table,
    bus: n.bus,
    topics: { people: n.topic },
    deadLetter: n.deadLetter,
    document: { name: n.document, content: nodeDocument },
    parameters: { [n.desired]: settings.desired, [n.switch]: JSON.stringify({ position: "on" }) },
    functions: functions(settings, n, a),
    rules: rules(n),
    schedules: [{ name: n.rule("sweep"), everyMinutes: 5, target: "observe", input: null, deadLetter: n.deadLetter }],
    alarms: alarms(n),
  };
}

const everyChange = Object.values(CHANGE_GRANTS);

function functions({ stage, place: { account } }: HaSettings, n: Names, a: Arns): FunctionSpec[] {
  const define = (id: FunctionId, grants: Grant[], extra: Partial<FunctionSpec> = {}): FunctionSpec => ({
    name: n.function(id),
    handler: id,
    durable: false,
    timeoutSeconds: 60,
    memoryMb: 512,
    environment: { STEWARD_STAGE: stage, STEWARD_ACCOUNT: account },
    policy: policyOf([...grants, deadLetter, writeLogs(id)], a, stage),
    asyncRetries: 2,
    onFailure: n.deadLetter,
    ...extra,
  });
  return [
    define("observe", [readFleet, commandNodes, keepLedger, closeIncidents, freeLeases, startRuns, announce]),
    define("remediate", [readFleet, commandNodes, keepLedger, closeIncidents, announce, checkpoint, ...everyChange], { durable: true, timeoutSeconds: 120 }),
    define("alert", [queryLedger, updateLedger, publish]),
    define("runbook", [readFleet, queryLedger, writeLedger, startRuns]),
  ];
}

function rules(n: Names): RuleSpec[] {
  const toObserve = EVENT_TRIGGERS.map(
    (trigger): RuleSpec => ({ name: n.rule(trigger.id), bus: "default", pattern: trigger.pattern(n), target: "observe", deadLetter: n.deadLetter }),
  );
  return [
    ...toObserve,
    {
      name: n.rule("incident"),
      bus: n.bus,
      pattern: { source: ["steward"], "detail-type": [{ prefix: "Incident " }] },
      target: "alert",
      deadLetter: n.deadLetter,
    },
  ];
}
