import * as autoscaling from "@aws-sdk/client-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as ec2 from "@aws-sdk/client-ec2";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import * as events from "@aws-sdk/client-eventbridge";
import * as imagebuilder from "@aws-sdk/client-imagebuilder";
import * as kms from "@aws-sdk/client-kms";
import * as lambda from "@aws-sdk/client-lambda";
import * as rds from "@aws-sdk/client-rds";
import * as s3 from "@aws-sdk/client-s3";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { Account } from "@steward/simulator/account/account";
import { sdkHandler } from "@steward/simulator/account/handler";
import type { Operations, Service, ServiceId } from "@steward/simulator/account/operation";
import type { Principal } from "@steward/simulator/account/principal";

const SERVICES: Record<Exclude<ServiceId, "ec2-elsewhere">, Omit<Service, "operations">> = {
  ec2: { id: "ec2", iamPrefix: "ec2", module: ec2, protocol: "ec2", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/" },
  autoscaling: {
    id: "autoscaling",
    iamPrefix: "autoscaling",
    module: autoscaling,
    protocol: "query",
    namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
  },
  elbv2: {
    id: "elbv2",
    iamPrefix: "elasticloadbalancing",
    module: elbv2,
    protocol: "query",
    namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
  },
  ssm: { id: "ssm", iamPrefix: "ssm", module: ssm, protocol: "json1_1" },
  cloudwatch: {
    id: "cloudwatch",
    iamPrefix: "cloudwatch",
    module: cloudwatch,
    protocol: "json1_0",
    namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
  },
  events: { id: "events", iamPrefix: "events", module: events, protocol: "json1_1" },
  sns: { id: "sns", iamPrefix: "sns", module: sns, protocol: "query", namespace: "http://sns.amazonaws.com/doc/2010-03-31/" },
  sqs: { id: "sqs", iamPrefix: "sqs", module: sqs, protocol: "json1_0" },
  dynamodb: { id: "dynamodb", iamPrefix: "dynamodb", module: dynamodb, protocol: "json1_0" },
  lambda: { id: "lambda", iamPrefix: "lambda", module: lambda, protocol: "restJson" },
  rds: { id: "rds", iamPrefix: "rds", module: rds, protocol: "query", namespace: "http://rds.amazonaws.com/doc/2014-10-31/" },
  sts: { id: "sts", iamPrefix: "sts", module: sts, protocol: "query", namespace: "https://sts.amazonaws.com/doc/2011-06-15/" },
  s3: { id: "s3", iamPrefix: "s3", module: s3, protocol: "restXml", namespace: "http://s3.amazonaws.com/doc/2006-03-01/" },
  kms: { id: "kms", iamPrefix: "kms", module: kms, protocol: "json1_1" },
  secretsmanager: { id: "secretsmanager", iamPrefix: "secretsmanager", module: secretsmanager, protocol: "json1_1" },
  imagebuilder: { id: "imagebuilder", iamPrefix: "imagebuilder", module: imagebuilder, protocol: "restJson" },
};

interface Stubs {
  ec2: Operations<typeof ec2>;
  autoscaling: Operations<typeof autoscaling>;
  elbv2: Operations<typeof elbv2>;
  ssm: Operations<typeof ssm>;
  cloudwatch: Operations<typeof cloudwatch>;
  events: Operations<typeof events>;
  sns: Operations<typeof sns>;
  sqs: Operations<typeof sqs>;
  dynamodb: Operations<typeof dynamodb>;
  lambda: Operations<typeof lambda>;
  rds: Operations<typeof rds>;
  sts: Operations<typeof sts>;
  s3: Operations<typeof s3>;
  kms: Operations<typeof kms>;
  secretsmanager: Operations<typeof secretsmanager>;
  imagebuilder: Operations<typeof imagebuilder>;
}

export const operator: Principal = {
  arn: "arn:aws:iam::123456789012:user/operator",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  policy: { Version: "2012-10-17", Statement: [] },
};

/** An account of all services with only these operations, open to the operator. */
export function accountWith(stubs: Partial<Stubs>): Account {
  const account = new Account();
  for (const service of Object.values(SERVICES)) account.add({ ...service, operations: { ...stubs[service.id as keyof Stubs] } });
  account.principals.set(operator.accessKeyId, operator);
  account.authorize = () => ({ allowed: true });
  return account;
}

/** Settings of an unmodified SDK client that talks to the account. */
export const clientOf = (account: Account, credentials: { accessKeyId: string; secretAccessKey: string } = operator) => ({
  region: "us-east-1",
  credentials: { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey },
  requestHandler: sdkHandler(account),
});
