import { ACCOUNT, arn, ec2Id, globalArn, REGION, sixLetters, suffix, uuid } from "./ids.ts";

/** What AWS knows of a resource that its program did not say; `id` is what other resources refer to it by. */
export interface Computed {
  id: string;
  [output: string]: unknown;
}

/** A resource before AWS saw it: what was asked for, and its logical name for what AWS would draw at random. */
export interface Asked {
  inputs: Record<string, unknown>;
  name: string;
}

export type Rule = (asked: Asked) => Computed;

const text = (value: unknown): string => String(value ?? "");

/** The physical name; without one the provider appends seven digits to the logical name. */
export const named = ({ inputs, name }: Asked, field = "name"): string => text(inputs[field] ?? `${name}-${suffix(name, 7)}`);

/** A thing of EC2: an id with a prefix, and an ARN that ends in it. */
export const ec2 =
  (prefix: string, kind: string, more: (asked: Asked, id: string) => Record<string, unknown> = () => ({})): Rule =>
  (asked) => {
    const id = ec2Id(prefix, asked.name);
    return { id, arn: arn("ec2", `${kind}/${id}`), ownerId: ACCOUNT, ...more(asked, id) };
  };

/** A thing whose name is its id. */
export const byName =
  (service: string, resource: (name: string) => string, more: (name: string, asked: Asked) => Record<string, unknown> = () => ({}), field = "name"): Rule =>
  (asked) => {
    const name = named(asked, field);
    return { id: name, [field]: name, arn: arn(service, resource(name)), ...more(name, asked) };
  };

/** A tie between two things: only an id, made of what it ties. */
export const tie =
  (...fields: string[]): Rule =>
  ({ inputs, name }) => ({ id: fields.map((field) => text(inputs[field])).join("/") || name });

const iam =
  (kind: string): Rule =>
  (asked) => {
    const name = named(asked);
    return { id: name, name, arn: globalArn("iam", `${kind}${text(asked.inputs.path ?? "/")}${name}`), uniqueId: `AROA${suffix(name, 17).toUpperCase()}` };
  };

const serviceLinkedRole: Rule = ({ inputs }) => {
  const service = text(inputs.awsServiceName);
  const name = `${service === "autoscaling.amazonaws.com" ? "AWSServiceRoleForAutoScaling" : `AWSServiceRoleFor${service.split(".")[0]}`}${inputs.customSuffix ? `_${text(inputs.customSuffix)}` : ""}`;
  const own = globalArn("iam", `role/aws-service-role/${service}/${name}`);
  return { id: own, arn: own, name, path: `/aws-service-role/${service}/`, uniqueId: `AROA${suffix(name, 17).toUpperCase()}` };
};

const lambda: Rule = (asked) => {
  const name = named(asked);
  const own = arn("lambda", `function:${name}`);
  const version = asked.inputs.publish === true ? "1" : "$LATEST";
  const invoke = (target: string) => `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${target}/invocations`;
  return {
    id: name,
    name,
    arn: own,
    version,
    invokeArn: invoke(own),
    qualifiedArn: `${own}:${version}`,
    qualifiedInvokeArn: invoke(`${own}:${version}`),
    responseStreamingInvokeArn: invoke(own).replace("2015-03-31", "2021-11-15").replace("/invocations", "/response-streaming-invocations"),
    lastModified: "2026-01-01T00:00:00.000+0000",
  };
};

const lambdaAlias: Rule = ({ inputs, name }) => {
  const own = `${arn("lambda", `function:${text(inputs.functionName).replace(/^arn:.*:function:/, "")}`)}:${text(inputs.name ?? name)}`;
  return { id: own, arn: own, invokeArn: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${own}/invocations` };
};

const key: Rule = ({ name }) => ({ id: uuid(name), keyId: uuid(name), arn: arn("kms", `key/${uuid(name)}`) });

const bucket: Rule = (asked) => {
  const name = named(asked, "bucket");
  const host = `${name}.s3`;
  return {
    id: name,
    bucket: name,
    arn: `arn:aws:s3:::${name}`,
    bucketDomainName: `${host}.amazonaws.com`,
    bucketRegionalDomainName: `${host}.${REGION}.amazonaws.com`,
    region: REGION,
  };
};

const secret: Rule = (asked) => {
  const own = arn("secretsmanager", `secret:${named(asked)}-${sixLetters(asked.name)}`);
  return { id: own, arn: own, name: named(asked) };
};

const database: Rule = (asked) => {
  const identifier = named(asked, "identifier");
  const address = `${identifier}.c${suffix("rds", 11)}.${REGION}.rds.amazonaws.com`;
  const port = Number(asked.inputs.port ?? 5432);
  const managed = {
    kmsKeyId: text(asked.inputs.masterUserSecretKmsKeyId),
    secretArn: arn("secretsmanager", `secret:rds!db-${uuid(identifier)}-${sixLetters(identifier)}`),
    secretStatus: "active",
  };
  return {
    id: `db-${suffix(identifier, 26).toUpperCase()}`,
    identifier,
    address,
    port,
    endpoint: `${address}:${port}`,
    arn: arn("rds", `db:${identifier}`),
    resourceId: `db-${suffix(identifier, 26).toUpperCase()}`,
    masterUserSecrets: asked.inputs.manageMasterUserPassword ? [managed] : [],
  };
};

const topic: Rule = byName(
  "sns",
  (name) => name,
  (name) => ({ id: arn("sns", name) }),
);

const queue: Rule = byName(
  "sqs",
  (name) => name,
  (name) => ({ id: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`, url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}` }),
);

/** The rule's ARN names its bus, unless that is the default one (Amazon EventBridge, resource types). */
const rule: Rule = byName(
  "events",
  (name) => `rule/${name}`,
  (name, { inputs }) => {
    const bus = text(inputs.eventBusName ?? "default").replace(/^arn:.*:event-bus\//, "");
    return bus === "default" ? {} : { id: `${bus}/${name}`, arn: arn("events", `rule/${bus}/${name}`) };
  },
);

const parameter: Rule = (asked) => {
  const name = named(asked);
  return { id: name, name, arn: arn("ssm", `parameter/${name.replace(/^\//, "")}`), version: 1 };
};

/** By Pulumi type; EC2's and the load balancer's are in their own tables. */
export const SERVICES: Record<string, Rule> = {
  "aws:iam/role:Role": iam("role"),
  "aws:iam/policy:Policy": iam("policy"),
  "aws:iam/instanceProfile:InstanceProfile": iam("instance-profile"),
  "aws:iam/serviceLinkedRole:ServiceLinkedRole": serviceLinkedRole,
  "aws:iam/rolePolicy:RolePolicy": tie("role", "name"),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": tie("role", "policyArn"),
  "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": tie("roleName"),
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": tie("roleName"),
  "aws:lambda/function:Function": lambda,
  "aws:lambda/alias:Alias": lambdaAlias,
  "aws:lambda/permission:Permission": tie("function", "statementId"),
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": tie("functionName", "qualifier"),
  "aws:lambda/eventSourceMapping:EventSourceMapping": ({ name }) => ({
    id: uuid(name),
    uuid: uuid(name),
    arn: arn("lambda", `event-source-mapping:${uuid(name)}`),
  }),
  "aws:kms/key:Key": key,
  "aws:kms/alias:Alias": byName("kms", (name) => name),
  "aws:secretsmanager/secret:Secret": secret,
  "aws:secretsmanager/secretPolicy:SecretPolicy": tie("secretArn"),
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketPolicy:BucketPolicy": tie("bucket"),
  "aws:s3/bucketVersioning:BucketVersioning": tie("bucket"),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": tie("bucket"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": tie("bucket"),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": tie("bucket"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": tie("bucket"),
  "aws:s3/bucketNotification:BucketNotification": tie("bucket"),
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": tie("bucket"),
  "aws:s3/bucketObjectv2:BucketObjectv2": ({ inputs }) => ({ id: text(inputs.key), arn: `arn:aws:s3:::${text(inputs.bucket)}/${text(inputs.key)}` }),
  "aws:dynamodb/table:Table": byName("dynamodb", (name) => `table/${name}`),
  "aws:rds/instance:Instance": database,
  "aws:rds/subnetGroup:SubnetGroup": byName("rds", (name) => `subgrp:${name}`),
  "aws:rds/parameterGroup:ParameterGroup": byName("rds", (name) => `pg:${name}`),
  "aws:sns/topic:Topic": topic,
  "aws:sns/topicPolicy:TopicPolicy": tie("arn"),
  "aws:sns/topicSubscription:TopicSubscription": ({ inputs, name }) => ({
    id: `${text(inputs.topic)}:${uuid(name)}`,
    arn: `${text(inputs.topic)}:${uuid(name)}`,
  }),
  "aws:sqs/queue:Queue": queue,
  "aws:sqs/queuePolicy:QueuePolicy": tie("queueUrl"),
  "aws:cloudwatch/eventBus:EventBus": byName("events", (name) => `event-bus/${name}`),
  "aws:cloudwatch/eventRule:EventRule": rule,
  "aws:cloudwatch/eventTarget:EventTarget": tie("rule", "targetId"),
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": tie("eventBusName"),
  "aws:cloudwatch/logGroup:LogGroup": byName("logs", (name) => `log-group:${name}`),
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": tie("policyName"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": byName("cloudwatch", (name) => `alarm:${name}`, undefined, "name"),
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": byName("cloudwatch", (name) => `alarm:${name}`, undefined, "alarmName"),
  "aws:cloudwatch/dashboard:Dashboard": (asked) => ({
    id: named(asked, "dashboardName"),
    dashboardArn: globalArn("cloudwatch", `dashboard/${named(asked, "dashboardName")}`),
  }),
  "aws:scheduler/schedule:Schedule": byName(
    "scheduler",
    (name) => `schedule/default/${name}`,
    (name, { inputs }) => ({
      id: `${text(inputs.groupName ?? "default")}/${name}`,
      arn: arn("scheduler", `schedule/${text(inputs.groupName ?? "default")}/${name}`),
    }),
  ),
  "aws:scheduler/scheduleGroup:ScheduleGroup": byName("scheduler", (name) => `schedule-group/${name}`),
  "aws:ssm/parameter:Parameter": parameter,
  "aws:ssm/document:Document": byName(
    "ssm",
    (name) => `document/${name}`,
    () => ({ latestVersion: "1", defaultVersion: "1" }),
  ),
  "aws:imagebuilder/component:Component": imageBuilder("component", true),
  "aws:imagebuilder/imageRecipe:ImageRecipe": imageBuilder("image-recipe", true),
  "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration": imageBuilder("infrastructure-configuration"),
  "aws:imagebuilder/distributionConfiguration:DistributionConfiguration": imageBuilder("distribution-configuration"),
  "aws:imagebuilder/imagePipeline:ImagePipeline": imageBuilder("image-pipeline"),
  "random:index/randomBytes:RandomBytes": ({ name }) => ({
    id: name,
    base64: Buffer.from(`mock ${name}`).toString("base64"),
    hex: Buffer.from(`mock ${name}`).toString("hex"),
  }),
};

/** Names become lower case with dashes; components and recipes carry their version, a component also its build (EC2 Image Builder, ARNs). */
function imageBuilder(kind: string, versioned = false): Rule {
  return (asked) => {
    const build = kind === "component" ? "/1" : "";
    const own = arn("imagebuilder", `${kind}/${named(asked).toLowerCase().replace(/[ _]/g, "-")}${versioned ? `/${text(asked.inputs.version)}${build}` : ""}`);
    return { id: own, arn: own, name: named(asked) };
  };
}
