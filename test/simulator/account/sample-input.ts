import type { NormalizedSchema } from "@smithy/core/schema";
import type { Service } from "@steward/simulator/account/operation";
import { operationsOf } from "@steward/simulator/wire/schema";

const ARN = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;
const FUNCTION = ARN("lambda", "function:sample:1");

/** Members whose text has a form of its own, by name, in the order in which they are tried. */
const TEXTS: [RegExp, string][] = [
  [/^component(BuildVersion)?Arn$/, ARN("imagebuilder", "component/sample/1.0.0/1")],
  [/^(imageBuildVersionArn|parentImage)$/, ARN("imagebuilder", "image/sample/1.0.0/1")],
  [/^imageRecipeArn$/, ARN("imagebuilder", "image-recipe/sample/1.0.0")],
  [/^imagePipelineArn$/, ARN("imagebuilder", "image-pipeline/sample")],
  [/^infrastructureConfigurationArn$/, ARN("imagebuilder", "infrastructure-configuration/sample")],
  [/^distributionConfigurationArn$/, ARN("imagebuilder", "distribution-configuration/sample")],
  [/^semanticVersion$/, "1.0.0"],
  [/^(executionRole|Role|RoleArn|RoleARN|ServiceRoleArn)$/, "arn:aws:iam::123456789012:role/sample"],
  [/^TargetGroupAr/i, ARN("elasticloadbalancing", "targetgroup/sample/0123456789abcdef")],
  [/^LoadBalancerAr/i, ARN("elasticloadbalancing", "loadbalancer/app/sample/0123456789abcdef")],
  [/^ListenerAr/i, ARN("elasticloadbalancing", "listener/app/sample/0123456789abcdef/0123456789abcdef")],
  [/^(TopicArn|TargetArn)$/, ARN("sns", "sample")],
  [/^SubscriptionArn$/, `${ARN("sns", "sample")}:00000000-0000-4000-8000-000000000000`],
  [/^QueueUrl$/, "https://sqs.us-east-1.amazonaws.com/123456789012/sample"],
  [/^DurableExecutionArn$/, `${FUNCTION}/durable-execution/run/0`],
  [/^(KmsKeyId|KMSKeyId|KmsMasterKeyId|KmsKeyArn|KeyId|TargetKeyId)$/, ARN("kms", "key/00000000-0000-4000-8000-000000000000")],
  [/^SecretId$/, ARN("secretsmanager", "secret:sample-AbCdEf")],
  [/^InstanceIds?$/, "i-0123456789abcdef0"],
  [/^VolumeIds?$/, "vol-0123456789abcdef0"],
  [/^SubnetIds?$|^VPCZoneIdentifier$/, "subnet-0123456789abcdef0"],
  [/^VpcId$/, "vpc-0123456789abcdef0"],
  [/^GroupIds?$|^SecurityGroupIds?$/, "sg-0123456789abcdef0"],
  [/^RouteTableIds?$/, "rtb-0123456789abcdef0"],
  [/^ImageId$/, "ami-0123456789abcdef0"],
  [/^(Path|Name)$/, "sample"],
  [/^Version$/, "$Latest"],
  [/Policy(Document)?$/, '{"Version":"2012-10-17","Statement":[]}'],
];

const textOf = (name: string): string => TEXTS.find(([pattern]) => pattern.test(name))?.[1] ?? "sample";

/** Deep enough for tags, targets and block devices; shapes that hold themselves end here. */
const DEPTH = 6;

/** A value of any shape with everything in it that the SDK knows, so that whatever a request can call for is called for. */
function sampleOf(schema: NormalizedSchema, name: string, depth: number): unknown {
  if (schema.isStructSchema()) {
    if (depth > DEPTH) return {};
    return Object.fromEntries([...schema.structIterator()].map(([member, inner]) => [member, sampleOf(inner, member, depth + 1)]));
  }
  if (schema.isListSchema()) return depth > DEPTH ? [] : [sampleOf(schema.getValueSchema(), name, depth + 1)];
  if (schema.isMapSchema()) return { sample: sampleOf(schema.getValueSchema(), name, depth + 1) };
  if (schema.isBooleanSchema()) return true;
  if (schema.isNumericSchema()) return 1;
  if (schema.isTimestampSchema()) return new Date("2026-01-05T09:00:00.000Z");
  if (schema.isBlobSchema()) return new Uint8Array([0]);
  return textOf(name);
}

/** A complete input of an operation by the SDK's own schema, with `changes` on top where a form matters. */
export function sampleInput(service: Service, operation: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const schema = operationsOf(service.module).get(operation);
  if (!schema) throw new Error(`the SDK has no schema of ${service.id}:${operation}`);
  return { ...(sampleOf(schema.input, "", 0) as Record<string, unknown>), ...changes };
}
