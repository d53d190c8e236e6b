import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EC2Client, type EC2ClientConfig } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";

export interface ClientConfig {
  region: string;
  /** Left out, the SDK's own chain finds them: in Lambda those of the function's role. */
  credentials?: EC2ClientConfig["credentials"];
  requestHandler?: EC2ClientConfig["requestHandler"];
  /** Attempts per call, the first included. */
  maxAttempts?: number;
  /** One address that speaks for every service, instead of AWS's own. */
  endpoint?: string;
  /** Of the person's own AWS configuration; left out, `AWS_PROFILE` or the default one. */
  profile?: string;
  /** Where snapshots are copied to; left out, nowhere. */
  copyRegion?: string | undefined;
}

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly dynamoDb: DynamoDBClient;
  readonly ec2: EC2Client;
  /** Tries once: for what must not happen twice, and for what is to keep a pace of our own. */
  readonly ec2Once: EC2Client;
  /** Of the region where copies are; the stage's own where there are none. */
  readonly ec2There: EC2Client;
  readonly ec2ThereOnce: EC2Client;
  readonly loadBalancing: ElasticLoadBalancingV2Client;
  readonly eventBridge: EventBridgeClient;
  readonly imageBuilder: ImagebuilderClient;
  readonly lambda: LambdaClient;
  readonly rds: RDSClient;
  readonly s3: S3Client;
  readonly secrets: SecretsManagerClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
}

/** Milliseconds; a call that AWS does not answer must not eat the invocation, whose shortest limit is 60 s. */
const PATIENCE = { connectionTimeout: 2_000, requestTimeout: 8_000, throwOnRequestTimeout: true };

/** Said here, so that no client looks for it in files of the machine at its first call. */
const SETTLED = { retryMode: "standard", defaultsMode: "standard", useDualstackEndpoint: false, useFipsEndpoint: false, userAgentAppId: "steward" } as const;

type Config = ReturnType<typeof settled>;
export type Makers = { [K in keyof Clients]: (config: Config) => Clients[K] };

/** Each service's client stands alone, because a bundler keeps every client that one object names: a function names those it uses. */
export const autoScaling = (config: Config) => new AutoScalingClient(config);
export const cloudWatch = (config: Config) => new CloudWatchClient(config);
export const dynamoDb = (config: Config) => new DynamoDBClient(config);
export const ec2 = (config: Config) => new EC2Client(config);
export const ec2Once = (config: Config) => new EC2Client({ ...config, maxAttempts: 1 });
export const ec2There = (config: Config) => new EC2Client({ ...config, region: config.copyRegion });
export const ec2ThereOnce = (config: Config) => new EC2Client({ ...config, region: config.copyRegion, maxAttempts: 1 });
export const loadBalancing = (config: Config) => new ElasticLoadBalancingV2Client(config);
export const eventBridge = (config: Config) => new EventBridgeClient(config);
export const imageBuilder = (config: Config) => new ImagebuilderClient(config);
export const lambda = (config: Config) => new LambdaClient(config);
export const rds = (config: Config) => new RDSClient(config);
export const s3 = (config: Config) => new S3Client(config);
export const secrets = (config: Config) => new SecretsManagerClient(config);
export const sns = (config: Config) => new SNSClient(config);
export const sqs = (config: Config) => new SQSClient(config);
export const ssm = (config: Config) => new SSMClient(config);
export const sts = (config: Config) => new STSClient(config);

/** The named clients of one account and region, each made when it is first used. */
export const createClientsOf = <K extends keyof Clients>(makers: Pick<Makers, K>, config: ClientConfig): Pick<Clients, K> => lazy(makers, settled(config));

export const everyClient = {
  autoScaling,
  cloudWatch,
  dynamoDb,
  ec2,
  ec2Once,
  ec2There,
  ec2ThereOnce,
  loadBalancing,
  eventBridge,
  imageBuilder,
  lambda,
  rds,
  s3,
  secrets,
  sns,
  sqs,
  ssm,
  sts,
} satisfies Makers;

/** All clients of one account and region, each made when it is first used. */
export const createClients = (config: ClientConfig): Clients => createClientsOf(everyClient, config);

function settled({ requestHandler = PATIENCE, maxAttempts = 5, copyRegion, ...rest }: ClientConfig) {
  return { ...SETTLED, ...rest, requestHandler, maxAttempts, copyRegion: copyRegion ?? rest.region };
}

function lazy<K extends keyof Clients>(makers: Pick<Makers, K>, config: Config): Pick<Clients, K> {
  const made: Partial<Pick<Clients, K>> = {};
  return new Proxy(made, {
    get: (target, key) => {
      const maker = makers[key as K] as ((config: Config) => Clients[K]) | undefined;
      if (maker) target[key as K] ??= maker(config);
      return target[key as K];
    },
  }) as Pick<Clients, K>;
}
