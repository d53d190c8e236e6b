import { names } from "@steward/core/topology/names";
import { haTopology } from "../settings.ts";

/** One question to the account, as the CLI and as boto3 put it. */
export interface Question {
  title: string;
  /** After `aws`. */
  command: string;
  service: string;
  method: string;
  parameters?: Record<string, unknown>;
}

/** A question with an answer, of which `query` (JMESPath) takes what must be so. */
export interface Read extends Question {
  query: string;
  expected: unknown;
}

const n = names("demo");
const topology = haTopology("demo");
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;

/** What an account with a fleet that serves must answer. */
export const READS: Read[] = [
  {
    title: "two instances run from the golden image",
    command: "ec2 describe-instances",
    service: "ec2",
    method: "describe_instances",
    query: "Reservations[].Instances[].[State.Name, InstanceType, ImageId, Placement.AvailabilityZone]",
    expected: [
      ["running", "c5.4xlarge", "ami-0123456789abcdef0", "us-east-1a"],
      ["running", "c5.4xlarge", "ami-0123456789abcdef0", "us-east-1a"],
    ],
  },
  {
    title: "filters by tag and state",
    command: "ec2 describe-instances --filters Name=tag:steward:stage,Values=demo Name=instance-state-name,Values=stopped,terminated",
    service: "ec2",
    method: "describe_instances",
    parameters: {
      Filters: [
        { Name: "tag:steward:stage", Values: ["demo"] },
        { Name: "instance-state-name", Values: ["stopped", "terminated"] },
      ],
    },
    query: "Reservations",
    expected: [],
  },
  {
    title: "both pass both status checks",
    command: "ec2 describe-instance-status",
    service: "ec2",
    method: "describe_instance_status",
    query: "InstanceStatuses[].[InstanceStatus.Status, SystemStatus.Status]",
    expected: [
      ["ok", "ok"],
      ["ok", "ok"],
    ],
  },
  {
    title: "the group wants two and has two in service",
    command: "autoscaling describe-auto-scaling-groups",
    service: "autoscaling",
    method: "describe_auto_scaling_groups",
    query: "AutoScalingGroups[].[AutoScalingGroupName, DesiredCapacity, MinSize, MaxSize, Instances[].LifecycleState]",
    expected: [[n.group, 2, 1, 3, ["InService", "InService"]]],
  },
  {
    title: "nodes come and go through hooks",
    command: `autoscaling describe-lifecycle-hooks --auto-scaling-group-name ${n.group}`,
    service: "autoscaling",
    method: "describe_lifecycle_hooks",
    parameters: { AutoScalingGroupName: n.group },
    query: "sort_by(LifecycleHooks, &LifecycleHookName)[].[LifecycleHookName, HeartbeatTimeout, GlobalTimeout, DefaultResult]",
    expected: [
      [n.launchHook, 7200, 172_800, "ABANDON"],
      [n.terminateHook, 900, 90_000, "CONTINUE"],
    ],
  },
  {
    title: "the switch is on",
    command: `ssm get-parameter --name ${n.switch}`,
    service: "ssm",
    method: "get_parameter",
    parameters: { Name: n.switch },
    query: "Parameter.[Name, Type, Value, Version]",
    expected: [n.switch, "String", '{"position":"on"}', 1],
  },
  {
    title: "both agents are online",
    command: "ssm describe-instance-information",
    service: "ssm",
    method: "describe_instance_information",
    query: "InstanceInformationList[].[PingStatus, ResourceType]",
    expected: [
      ["Online", "EC2Instance"],
      ["Online", "EC2Instance"],
    ],
  },
  {
    title: "no alarm is raised, read ten at a time",
    command: `cloudwatch describe-alarms --alarm-name-prefix ${n.alarm("")} --page-size 10`,
    service: "cloudwatch",
    method: "describe_alarms",
    parameters: { AlarmNamePrefix: n.alarm(""), PaginationConfig: { PageSize: 10 } },
    query: "MetricAlarms[].[AlarmName, StateValue]",
    expected: topology.alarms.map(({ name }) => [name, "OK"]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  },
  {
    title: "every audience has a topic",
    command: "sns list-topics",
    service: "sns",
    method: "list_topics",
    query: "sort_by(Topics, &TopicArn)",
    expected: (["chat", "pager", "people"] as const).map((id) => ({ TopicArn: arn("sns", n.topic(id)) })),
  },
  {
    title: "somebody reads it",
    command: `sns list-subscriptions-by-topic --topic-arn ${arn("sns", n.topic("people"))}`,
    service: "sns",
    method: "list_subscriptions_by_topic",
    parameters: { TopicArn: arn("sns", n.topic("people")) },
    query: "Subscriptions[].[Protocol, Endpoint, Owner]",
    expected: [["email", "people@example.com", "123456789012"]],
  },
  {
    title: "the sweep is among the rules of the default bus",
    command: `events list-rules --name-prefix ${n.rule("sweep")}`,
    service: "events",
    method: "list_rules",
    parameters: { NamePrefix: n.rule("sweep") },
    query: "Rules[].[Name, State, ScheduleExpression, EventBusName]",
    expected: [[n.rule("sweep"), "ENABLED", "rate(5 minutes)", "default"]],
  },
  {
    title: "Steward's own bus has one rule",
    command: `events list-rules --event-bus-name ${n.bus}`,
    service: "events",
    method: "list_rules",
    parameters: { EventBusName: n.bus },
    query: "Rules[].[Name, State]",
    expected: [[n.rule("incident"), "ENABLED"]],
  },
  {
    title: "the table is active and paid per request",
    command: `dynamodb describe-table --table-name ${n.table}`,
    service: "dynamodb",
    method: "describe_table",
    parameters: { TableName: n.table },
    query: "Table.[TableStatus, BillingModeSummary.BillingMode, KeySchema[].[AttributeName, KeyType]]",
    expected: [
      "ACTIVE",
      "PAY_PER_REQUEST",
      [
        ["pk", "HASH"],
        ["sk", "RANGE"],
      ],
    ],
  },
  {
    title: "what nobody could handle has a queue",
    command: "sqs list-queues",
    service: "sqs",
    method: "list_queues",
    query: "QueueUrls",
    expected: [`https://sqs.us-east-1.amazonaws.com/123456789012/${n.deadLetter}`],
  },
  {
    title: "buckets are the stage's own three",
    command: "s3api list-buckets",
    service: "s3",
    method: "list_buckets",
    query: "sort(Buckets[].Name)",
    expected: ["access-logs", "packages", "state"].map((id) => `steward-123456789012-demo-${id}`),
  },
  {
    title: "keys have the names of the stage",
    command: "kms describe-key --key-id alias/steward-demo-data",
    service: "kms",
    method: "describe_key",
    parameters: { KeyId: "alias/steward-demo-data" },
    query: "KeyMetadata.[KeyState, KeyManager, AWSAccountId]",
    expected: ["Enabled", "CUSTOMER", "123456789012"],
  },
  {
    title: "the vault has a place for the key, and nobody has said which key is in it",
    command: "secretsmanager describe-secret --secret-id steward/demo/encryption-key",
    service: "secretsmanager",
    method: "describe_secret",
    parameters: { SecretId: "steward/demo/encryption-key" },
    query: "[Name, VersionIdsToStages != null, Tags]",
    expected: ["steward/demo/encryption-key", true, []],
  },
  {
    title: "six functions are active, one of them durable",
    command: "lambda list-functions",
    service: "lambda",
    method: "list_functions",
    query: "sort_by(Functions, &FunctionName)[].[FunctionName, Runtime, State, DurableConfig.ExecutionTimeout]",
    expected: [
      [n.function("alert"), "nodejs24.x", "Active", null],
      [n.function("approve"), "nodejs24.x", "Active", null],
      [n.function("keep-snapshots"), "nodejs24.x", "Active", null],
      [n.function("observe"), "nodejs24.x", "Active", null],
      [n.function("remediate"), "nodejs24.x", "Active", 86_400],
      [n.function("runbook"), "nodejs24.x", "Active", null],
    ],
  },
  {
    title: "the database is available, encrypted and protected",
    command: "rds describe-db-instances",
    service: "rds",
    method: "describe_db_instances",
    query: "DBInstances[].[DBInstanceIdentifier, DBInstanceStatus, Engine, StorageEncrypted, DeletionProtection, Endpoint.Port]",
    expected: [[n.database, "available", "postgres", true, true, 5432]],
  },
  {
    title: "the caller is the operator",
    command: "sts get-caller-identity",
    service: "sts",
    method: "get_caller_identity",
    query: "[Account, Arn]",
    expected: ["123456789012", "arn:aws:iam::123456789012:user/operator"],
  },
];
