import type { Account } from "./account.ts";
import { AwsError, type Call, type Operation, type ServiceId } from "./operation.ts";

/** One published request rate of an account in one region. */
interface Limit {
  /** Name of the bucket that all its operations share; without one, each operation has its own. */
  shared?: string;
  service: ServiceId;
  operations: RegExp;
  /** Narrows the row to some inputs. */
  when?: (input: unknown) => boolean;
  /** Tokens when full: the largest burst. */
  capacity: number;
  /** Tokens added every second. */
  perSecond: number;
}

const UNLIMITED = { capacity: Number.POSITIVE_INFINITY, perSecond: 0 };

/** Where AWS publishes nothing: EC2's rate for an uncategorized change, below what users report for any service. */
const UNPUBLISHED = { capacity: 50, perSecond: 5 };

const EC2_PAGED = /^Describe(Instances|InstanceStatus|NetworkInterfaces|SecurityGroups|Snapshots|SpotInstanceRequests|Volumes)$/;

/** EC2 counts a describe as cheap only when it pages or filters. */
function isUnfiltered(input: unknown): boolean {
  const { Filters, MaxResults } = (input ?? {}) as { Filters?: unknown[]; MaxResults?: number };
  return !Filters?.length && MaxResults === undefined;
}

/** First row that fits wins. Rates are AWS's defaults in us-east-1. */
const LIMITS: Limit[] = [
  // https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html: a bucket per API, refilled every second.
  { service: "ec2", operations: EC2_PAGED, when: isUnfiltered, capacity: 50, perSecond: 10 },
  { service: "ec2", operations: /^(Describe|Get|List|Search)/, capacity: 100, perSecond: 20 },
  { service: "ec2", operations: /^(RunInstances|StartInstances)$/, capacity: 5, perSecond: 2 },
  { service: "ec2", operations: /^CreateTags$/, capacity: 100, perSecond: 10 },
  { service: "ec2", operations: /^CopyImage$/, capacity: 100, perSecond: 1 },
  {
    service: "ec2",
    operations: /^(CreateSnapshots?|DeleteSnapshot|DeregisterImage|CreateVolume|ModifyLaunchTemplate|TerminateInstances)$/,
    capacity: 100,
    perSecond: 5,
  },
  { service: "ec2", operations: /./, capacity: 50, perSecond: 5 },

  // https://docs.aws.amazon.com/autoscaling/ec2/APIReference/Welcome.html: one shared bucket, its size unpublished.
  { service: "autoscaling", shared: "autoscaling", operations: /./, ...UNPUBLISHED },

  // https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html: 40 tokens and 10 a second for Describe*; the two rows below it are general knowledge, not read there.
  { service: "elbv2", shared: "elbv2:non-mutating", operations: /^Describe/, capacity: 40, perSecond: 10 },
  { service: "elbv2", shared: "elbv2:registration", operations: /^(Register|Deregister)Targets$/, capacity: 20, perSecond: 4 },
  { service: "elbv2", shared: "elbv2:mutating", operations: /./, capacity: 20, perSecond: 3 },

  // https://docs.aws.amazon.com/general/latest/gr/ssm.html: Parameter Store's default throughput (3 a second for writes is general knowledge); Run Command publishes none.
  { service: "ssm", shared: "ssm:get-parameters", operations: /^GetParameter(s|sByPath)?$/, capacity: 40, perSecond: 40 },
  { service: "ssm", operations: /^(PutParameter|DeleteParameters?|LabelParameterVersion)$/, capacity: 3, perSecond: 3 },
  { service: "ssm", operations: /./, ...UNPUBLISHED },

  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html; PutMetricAlarm, GetMetricStatistics and PutMetricData are general knowledge, not read there.
  { service: "cloudwatch", operations: /^DescribeAlarms$/, capacity: 9, perSecond: 9 },
  {
    service: "cloudwatch",
    operations: /^(PutMetricAlarm|DeleteAlarms|DescribeAlarmHistory|DescribeAlarmsForMetric|DisableAlarmActions|EnableAlarmActions|SetAlarmState)$/,
    capacity: 3,
    perSecond: 3,
  },
  { service: "cloudwatch", operations: /^GetMetricData$/, capacity: 50, perSecond: 50 },
  { service: "cloudwatch", operations: /^GetMetricStatistics$/, capacity: 400, perSecond: 400 },
  { service: "cloudwatch", operations: /^ListMetrics$/, capacity: 25, perSecond: 25 },
  { service: "cloudwatch", operations: /^PutMetricData$/, capacity: 500, perSecond: 500 },
  { service: "cloudwatch", operations: /./, ...UNPUBLISHED },

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html: everything but PutEvents 50 a second.
  { service: "events", operations: /^PutEvents$/, capacity: 10_000, perSecond: 10_000 },
  { service: "events", operations: /./, capacity: 50, perSecond: 50 },

  // https://docs.aws.amazon.com/general/latest/gr/sns.html: publishing counts messages, lists are a hard 30 a second (general knowledge, not read there).
  { service: "sns", shared: "sns:publish", operations: /^Publish/, capacity: 30_000, perSecond: 30_000 },
  { service: "sns", operations: /^List/, capacity: 30, perSecond: 30 },
  { service: "sns", operations: /^(Subscribe|Unsubscribe)$/, capacity: 100, perSecond: 100 },
  { service: "sns", operations: /./, ...UNPUBLISHED },

  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: invocations and their checkpoints are bounded by concurrency, not by a bucket.
  { service: "lambda", operations: /^(Invoke|CheckpointDurableExecution|GetDurableExecutionState)/, ...UNLIMITED },
  { service: "lambda", operations: /^GetFunction$/, capacity: 100, perSecond: 100 },
  { service: "lambda", operations: /^GetPolicy$/, capacity: 15, perSecond: 15 },
  { service: "lambda", shared: "lambda:control-plane", operations: /./, capacity: 15, perSecond: 15 },

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 600 a second for the account (general knowledge, not read there).
  { service: "sts", shared: "sts", operations: /./, capacity: 600, perSecond: 600 },

  // Standard queues and on-demand tables take nearly any rate: SQS and DynamoDB developer guides, quotas.
  { service: "sqs", operations: /./, ...UNLIMITED },
  { service: "dynamodb", operations: /./, ...UNLIMITED },

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html: a prefix takes 3,500 writes and 5,500 reads a second; here a bucket counts as one prefix. Calls about buckets publish none.
  { service: "s3", shared: "s3:write", operations: /^(Put|Delete)Objects?$/, capacity: 3_500, perSecond: 3_500 },
  { service: "s3", shared: "s3:read", operations: /^((Get|Head)Object|ListObject)/, capacity: 5_500, perSecond: 5_500 },
  { service: "s3", operations: /./, ...UNPUBLISHED },

  // https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html; the numbers per operation are general knowledge, the shared one the smallest of any region.
  { service: "kms", shared: "kms:cryptographic", operations: /^(Encrypt|Decrypt|GenerateDataKey)$/, capacity: 5_500, perSecond: 5_500 },
  { service: "kms", operations: /^DescribeKey$/, capacity: 2_000, perSecond: 2_000 },
  { service: "kms", operations: /^GetKeyPolicy$/, capacity: 1_000, perSecond: 1_000 },
  { service: "kms", operations: /^ListGrants$/, capacity: 100, perSecond: 100 },
  { service: "kms", operations: /^CreateGrant$/, capacity: 50, perSecond: 50 },
  { service: "kms", operations: /^RetireGrant$/, capacity: 30, perSecond: 30 },
  { service: "kms", operations: /^(PutKeyPolicy|EnableKeyRotation|ScheduleKeyDeletion)$/, capacity: 15, perSecond: 15 },
  { service: "kms", operations: /./, capacity: 5, perSecond: 5 },

  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html; the rates of the single operations are general knowledge.
  { service: "secretsmanager", shared: "secretsmanager:read", operations: /^(DescribeSecret|GetSecretValue)$/, capacity: 10_000, perSecond: 10_000 },
  { service: "secretsmanager", shared: "secretsmanager:write", operations: /^(PutSecretValue|UpdateSecretVersionStage)$/, capacity: 50, perSecond: 50 },
  { service: "secretsmanager", operations: /./, capacity: 50, perSecond: 50 },

  // Image Builder publishes no request rate.
  { service: "imagebuilder", operations: /./, ...UNPUBLISHED },

  // The other region has buckets of its own, as this one has.
  { service: "ec2-elsewhere", operations: /^Describe/, capacity: 100, perSecond: 20 },
  { service: "ec2-elsewhere", operations: /^(CopySnapshot|DeleteSnapshot)$/, capacity: 100, perSecond: 5 },
  { service: "ec2-elsewhere", operations: /./, capacity: 50, perSecond: 5 },

  // RDS publishes no request rate.
  { service: "rds", operations: /./, ...UNPUBLISHED },
];

/** Tokens as AWS hands them out: a fixed number added every second, never more than the bucket holds. */
class TokenBucket {
  private tokens: number;
  private readonly limit: Limit;
  private filledAt = Date.now();
  constructor(limit: Limit) {
    this.limit = limit;
    this.tokens = limit.capacity;
  }

  take(): boolean {
    const seconds = Math.floor((Date.now() - this.filledAt) / 1000);
    this.filledAt += seconds * 1000;
    this.tokens = Math.min(this.limit.capacity, this.tokens + seconds * this.limit.perSecond);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

/** Holds the account to AWS's default request rates; a call over its rate is answered as throttled by its service. */
export function installLimits(account: Account): void {
  const buckets = new Map<string, TokenBucket>();
  account.throttle = (call, operation, input) => {
    const limit = limitOf(call, input);
    const key = keyOf(call, operation, limit);
    const bucket = buckets.get(key) ?? new TokenBucket(limit);
    buckets.set(key, bucket);
    if (!bucket.take()) throw new AwsError("Throttling", "Rate exceeded");
  };
}

function limitOf(call: Call, input: unknown): Limit {
  const limit = LIMITS.find((row) => row.service === call.service && row.operations.test(call.operation) && (row.when?.(input) ?? true));
  if (!limit) throw new Error(`no request rate is stated for ${call.service}:${call.operation}`);
  return limit;
}

/** A bucket that an operation names itself is shared by all that name it. */
function keyOf(call: Call, operation: Operation<unknown, unknown>, limit: Limit): string {
  return operation.bucket ?? limit.shared ?? `${call.service}:${call.operation}:${LIMITS.indexOf(limit)}`;
}
