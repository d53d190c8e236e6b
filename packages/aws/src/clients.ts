import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EC2Client, type EC2ClientConfig } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";

export interface ClientConfig {
  region: string;
  /** Left out, the SDK's own chain finds them: in Lambda those of the function's role. */
  credentials?: EC2ClientConfig["credentials"];
  requestHandler?: EC2ClientConfig["requestHandler"];
  /** Attempts per call, the first included. */
  maxAttempts?: number;
  /** One address that speaks for every service, instead of AWS's own. */
  endpoint?: string;
}

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly dynamoDb: DynamoDBClient;
  readonly ec2: EC2Client;
  readonly loadBalancing: ElasticLoadBalancingV2Client;
  readonly eventBridge: EventBridgeClient;
  readonly lambda: LambdaClient;
  readonly rds: RDSClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
}

/** Milliseconds; a call that AWS does not answer must not eat the invocation, whose shortest limit is 60 s. */
const PATIENCE = { connectionTimeout: 2_000, requestTimeout: 8_000, throwOnRequestTimeout: true };

/** Said here, so that no client looks for it in files of the machine at its first call. */
const SETTLED = { retryMode: "standard", defaultsMode: "standard", useDualstackEndpoint: false, useFipsEndpoint: false, userAgentAppId: "steward" } as const;

/** All clients of one account and region, each made when it is first used. */
export function createClients({ requestHandler = PATIENCE, maxAttempts = 5, ...rest }: ClientConfig): Clients {
  const config = { ...SETTLED, ...rest, requestHandler, maxAttempts };
  return lazy<Clients>({
    autoScaling: () => new AutoScalingClient(config),
    cloudWatch: () => new CloudWatchClient(config),
    dynamoDb: () => new DynamoDBClient(config),
    ec2: () => new EC2Client(config),
    loadBalancing: () => new ElasticLoadBalancingV2Client(config),
    eventBridge: () => new EventBridgeClient(config),
    lambda: () => new LambdaClient(config),
    rds: () => new RDSClient(config),
    sns: () => new SNSClient(config),
    sqs: () => new SQSClient(config),
    ssm: () => new SSMClient(config),
  });
}

function lazy<T extends object>(makers: { [K in keyof T]: () => T[K] }): T {
  const made = {} as T;
  return new Proxy(made, {
    get: (target, key) => {
      const maker = makers[key as keyof T] as (() => T[keyof T]) | undefined;
      if (maker) target[key as keyof T] ??= maker();
      return target[key as keyof T];
    },
  });
}
