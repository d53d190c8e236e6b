import type { Change } from "../runbooks/steps.ts";
import type { Arns } from "./arns.ts";
import { checkBucket, keepProven, markDatabaseProof, readDatabaseDrills, removeDatabaseDrill, restoreDatabase } from "./database-drill-grants.ts";
import { attachCopy, commandProver, launchProver, makeCopy, markProof, removeDrill, writeCopyDocument } from "./drill-grants.ts";
import {
  attachVolume,
  buildImage,
  commitDesired,
  makeVolume,
  moveAddress,
  settleVolume,
  sizeGroup,
  writeDocument,
  writeTemplate,
} from "./first-deploy-grants.ts";
import { clearLeftSnapshots, deregisterImages, disableImages, readOwnImages } from "./image-grants.ts";
import { allow, type PolicyDocument, type PolicyStatement } from "./policy.ts";
import { makeRestored, markVolumes, releaseVolumes, writeRestored } from "./restore-grants.ts";
import { copySnapshots, createSnapshots, deleteCopies, deleteSnapshots, lockSnapshots, readSnapshots } from "./snapshot-grants.ts";

/** CloudWatch namespace of what Steward says of itself. */
export const METRICS = "Steward";

/** What a capability needs to be allowed, given where it is deployed. */
export type Grant = (arns: Arns, stage: string) => PolicyStatement[];

/** These describe calls have no resource-level permission (service authorization reference), hence the `*`. */
export const readFleet: Grant = (arns) => [
  allow(["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus"], ["*"]),
  allow(["cloudwatch:DescribeAlarms"], [arns.alarms]),
  allow(["ssm:GetParameter"], [arns.parameters]),
];

export const readDatabase: Grant = (arns) => [allow(["rds:DescribeDBInstances"], [arns.database])];
export const readTargets: Grant = () => [allow(["elasticloadbalancing:DescribeTargetHealth"], ["*"])];

/** Commands go through our own document only, to instances of this stage only. */
export const commandNodes: Grant = (arns, stage) => [
  allow(["ssm:SendCommand"], [arns.document]),
  allow(["ssm:SendCommand"], [arns.anyInstance], { StringEquals: { "ssm:resourceTag/steward:stage": stage } }),
  allow(["ssm:GetCommandInvocation"], ["*"]),
];

const ledger =
  (...actions: string[]): Grant =>
  (arns) => [
    allow(
      actions.map((action) => `dynamodb:${action}`),
      [arns.table],
    ),
  ];

export const queryLedger = ledger("Query");
export const writeLedger = ledger("PutItem");
export const updateLedger = ledger("PutItem", "UpdateItem");
/** Everything but the end of an incident. */
export const keepLedger = ledger("GetItem", "PutItem", "UpdateItem", "Query");
/** Closing an incident puts the closed copy and deletes the open one, in one transaction. */
export const closeIncidents = ledger("DeleteItem");
export const freeLeases: Grant = (arns) => [allow(["lambda:GetDurableExecution"], [`${arns.function("remediate")}:*`])];
export const startRuns: Grant = (arns) => [allow(["lambda:InvokeFunction"], [`${arns.function("remediate")}:*`])];
export const announce: Grant = (arns) => [allow(["events:PutEvents"], [arns.bus])];
/** Topics are encrypted, so whoever publishes also needs their key. Source: SNS developer guide, "Managing Amazon SNS encryption keys and costs". */
export const publish: Grant = (arns) => [allow(["sns:Publish"], [arns.topic("people")]), allow(["kms:Decrypt", "kms:GenerateDataKey"], [arns.key("messages")])];
/** How old each duty's last success is; metrics have no resource, only a namespace. */
export const publishMetrics: Grant = () => [allow(["cloudwatch:PutMetricData"], ["*"], { StringEquals: { "cloudwatch:namespace": METRICS } })];
export const deadLetter: Grant = (arns) => [allow(["sqs:SendMessage"], [arns.deadLetter])];
export const checkpoint: Grant = (arns) => [
  allow(["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"], [`${arns.function("remediate")}:*`]),
];
export const writeLogs =
  (id: string): Grant =>
  (arns) => [allow(["logs:CreateLogStream", "logs:PutLogEvents"], [arns.logs(id)])];

const changeGroup =
  (action: string): Grant =>
  (arns, stage) => [allow([action], [arns.group], { StringEquals: { "aws:ResourceTag/steward:stage": stage } })];

const all =
  (...grants: Grant[]): Grant =>
  (arns, stage) =>
    grants.flatMap((grant) => grant(arns, stage));

/** What each change needs; a runbook's rights are those of the changes that it may make. */
export const CHANGE_GRANTS: Record<Change, Grant> = {
  "restart-service": commandNodes,
  converge: commandNodes,
  drain: commandNodes,
  isolate: changeGroup("autoscaling:EnterStandby"),
  "set-desired-capacity": changeGroup("autoscaling:SetDesiredCapacity"),
  "complete-lifecycle": changeGroup("autoscaling:CompleteLifecycleAction"),
  "remember-lineage": writeLedger,
  "attach-volume": attachVolume,
  "settle-volume": settleVolume,
  "move-address": moveAddress,
  "build-image": buildImage,
  "make-volume": makeVolume,
  "write-document": writeDocument,
  "write-template": writeTemplate,
  "size-group": sizeGroup,
  "init-database": commandNodes,
  "remember-database": writeLedger,
  "commit-desired": commitDesired,
  retire: changeGroup("autoscaling:TerminateInstanceInAutoScalingGroup"),
  "take-snapshots": all(commandNodes, readSnapshots, createSnapshots),
  "prune-snapshots": all(readSnapshots, deleteSnapshots),
  "lock-snapshots": all(readSnapshots, lockSnapshots),
  "copy-snapshots": all(readSnapshots, writeLedger, copySnapshots),
  "prune-copies": all(readSnapshots, deleteCopies),
  "begin-drill": all(readSnapshots, writeLedger),
  "ask-count": all(commandNodes, writeLedger),
  "make-copy": all(makeCopy, writeLedger),
  "write-drill-document": all(writeCopyDocument, writeLedger),
  "launch-prover": all(launchProver, writeLedger),
  "attach-copy": attachCopy,
  "converge-copy": commandProver,
  "note-drill": writeLedger,
  "ask-proof": all(commandProver, writeLedger),
  "conclude-drill": writeLedger,
  "mark-proof": all(markProof, writeLedger),
  "remove-drill": removeDrill,
  "begin-restore": writeLedger,
  "make-restore-volume": all(makeRestored, writeLedger),
  "write-restore-document": all(writeRestored, writeLedger),
  "mark-volumes": markVolumes,
  "end-server": changeGroup("autoscaling:TerminateInstanceInAutoScalingGroup"),
  "note-restored": writeLedger,
  "confirm-restore": all(releaseVolumes, writeLedger),
  "begin-database-drill": all(readDatabaseDrills, writeLedger),
  "restore-database": all(restoreDatabase, writeLedger),
  "check-bucket": all(checkBucket, writeLedger),
  "ask-database-proof": all(commandNodes, writeLedger),
  "conclude-database-drill": all(markDatabaseProof, writeLedger),
  "keep-proven": all(keepProven, writeLedger),
  "remove-database-drill": removeDatabaseDrill,
  "end-database-drill": writeLedger,
  "disable-image": all(readOwnImages, writeLedger, disableImages),
  "deregister-image": all(readOwnImages, writeLedger, deregisterImages),
  "clear-left-snapshots": all(readOwnImages, clearLeftSnapshots),
};

/** One policy out of many grants; equal statements stand once. */
export function policyOf(grants: Grant[], arns: Arns, stage: string): PolicyDocument {
  const statements = all(...grants)(arns, stage);
  const distinct = new Map(statements.map((statement) => [JSON.stringify(statement), statement]));
  return { Version: "2012-10-17", Statement: [...distinct.values()] };
}
