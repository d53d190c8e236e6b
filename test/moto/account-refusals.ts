import { names } from "@steward/core/topology/names";
import type { Question } from "./account-reads.ts";

/** A question that AWS refuses. */
export interface Refusal extends Question {
  /** Where it is asked with other keys than the operator's. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
  code: string;
  message: string;
}

const n = names("demo");
const KEY_ITEM = { pk: { S: "nobody" }, sk: { S: "nothing" } };
const UNKNOWN_INSTANCE = "i-0fedcba9876543210";
const WRONG_SECRET = { accessKeyId: "AKIASTEWARDOPERATOR0", secretAccessKey: "wrong" };
const STRANGER = { accessKeyId: "AKIASTRANGER00000000", secretAccessKey: "any" };
const MISMATCH = "The request signature we calculated does not match the signature you provided.";

/** What the account must refuse, in AWS's own words. */
export const REFUSALS: Refusal[] = [
  {
    title: "an unknown parameter, without a message as in AWS",
    command: "ssm get-parameter --name /steward/demo/none",
    service: "ssm",
    method: "get_parameter",
    parameters: { Name: "/steward/demo/none" },
    code: "ParameterNotFound",
    message: "",
  },
  {
    title: "an unknown table",
    command: "dynamodb describe-table --table-name steward-none",
    service: "dynamodb",
    method: "describe_table",
    parameters: { TableName: "steward-none" },
    code: "ResourceNotFoundException",
    message: "Requested resource not found: Table: steward-none not found",
  },
  {
    title: "a delete whose condition does not hold",
    command: `dynamodb delete-item --table-name ${n.table} --key ${JSON.stringify(KEY_ITEM)} --condition-expression attribute_exists(pk)`,
    service: "dynamodb",
    method: "delete_item",
    parameters: { TableName: n.table, Key: KEY_ITEM, ConditionExpression: "attribute_exists(pk)" },
    code: "ConditionalCheckFailedException",
    message: "The conditional request failed",
  },
  {
    title: "an unknown instance",
    command: `ec2 describe-instances --instance-ids ${UNKNOWN_INSTANCE}`,
    service: "ec2",
    method: "describe_instances",
    parameters: { InstanceIds: [UNKNOWN_INSTANCE] },
    code: "InvalidInstanceID.NotFound",
    message: `The instance ID '${UNKNOWN_INSTANCE}' does not exist`,
  },
  {
    title: "what is no instance id",
    command: "ec2 describe-instances --instance-ids node-1",
    service: "ec2",
    method: "describe_instances",
    parameters: { InstanceIds: ["node-1"] },
    code: "InvalidInstanceID.Malformed",
    message: 'Invalid id: "node-1"',
  },
  {
    title: "the end of a hook that nobody waits in",
    command: `autoscaling complete-lifecycle-action --auto-scaling-group-name ${n.group} --lifecycle-hook-name ${n.launchHook} --lifecycle-action-result CONTINUE --instance-id ${UNKNOWN_INSTANCE}`,
    service: "autoscaling",
    method: "complete_lifecycle_action",
    parameters: { AutoScalingGroupName: n.group, LifecycleHookName: n.launchHook, LifecycleActionResult: "CONTINUE", InstanceId: UNKNOWN_INSTANCE },
    code: "ValidationError",
    message: `No active Lifecycle Action found with instance ID ${UNKNOWN_INSTANCE}`,
  },
  {
    title: "an unknown queue",
    command: "sqs get-queue-url --queue-name none",
    service: "sqs",
    method: "get_queue_url",
    parameters: { QueueName: "none" },
    code: "AWS.SimpleQueueService.NonExistentQueue",
    message: "The specified queue does not exist.",
  },
  {
    title: "a wrong secret at EC2",
    command: "ec2 describe-instances",
    service: "ec2",
    method: "describe_instances",
    credentials: WRONG_SECRET,
    code: "AuthFailure",
    message: "AWS was not able to validate the provided access credentials",
  },
  {
    title: "a wrong secret at DynamoDB",
    command: "dynamodb list-tables",
    service: "dynamodb",
    method: "list_tables",
    credentials: WRONG_SECRET,
    code: "InvalidSignatureException",
    message: MISMATCH,
  },
  {
    title: "an unknown key",
    command: "sts get-caller-identity",
    service: "sts",
    method: "get_caller_identity",
    credentials: STRANGER,
    code: "InvalidClientTokenId",
    message: "The security token included in the request is invalid",
  },
  {
    title: "an operation that it does not model, by its name",
    command: "ec2 describe-regions",
    service: "ec2",
    method: "describe_regions",
    code: "InvalidAction",
    message: "the simulated account does not model ec2:DescribeRegions",
  },
  {
    title: "a setting that it does not model, by its name",
    command: `autoscaling update-auto-scaling-group --auto-scaling-group-name ${n.group} --health-check-type ELB`,
    service: "autoscaling",
    method: "update_auto_scaling_group",
    parameters: { AutoScalingGroupName: n.group, HealthCheckType: "ELB" },
    code: "InvalidAction",
    message: "the simulated account does not model the health check type ELB of a group",
  },
  {
    title: "an operation in JSON that it does not model, by its name",
    command: "ssm list-documents",
    service: "ssm",
    method: "list_documents",
    code: "UnknownOperationException",
    message: "the simulated account does not model ssm:ListDocuments",
  },
  {
    title: "a service that it does not model, by its name",
    command: "cloudformation list-stacks",
    service: "cloudformation",
    method: "list_stacks",
    code: "NotImplemented",
    message: "the simulated account has no endpoint for cloudformation",
  },
];
