import type { SecretId } from "../desired/vault.ts";
import type { HaSettings, SnapshotPolicy } from "../settings/schema.ts";
import type { TopicId } from "./control-spec.ts";
import { type Names, names } from "./names.ts";
import type { BucketId, KeyId } from "./state-spec.ts";
import type { Place } from "./topology.ts";

/** Bucket names are unique in the whole world, so they carry the account. */
export const bucketName = (stage: string, account: string, id: BucketId): string => `steward-${account}-${stage}-${id}`;

/** The package bucket: the stage's own, unless the operator named one. */
export const packageBucket = (stage: string, { account, storage }: Pick<HaSettings, "account" | "storage">): string =>
  storage.bucket ?? bucketName(stage, account, "packages");

/** ARNs of what a stage owns, as IAM resources; `*` stands only where AWS generates an id, a placeholder where one key alone is meant. */
export const arns = (
  stage: string,
  { account, region, storage, snapshots }: Place & { storage?: Pick<HaSettings["storage"], "bucket">; snapshots?: Pick<SnapshotPolicy, "copy"> },
) => {
  const copy = snapshots?.copy ?? { region, kmsKeyArn: `arn:aws:kms:${region}:${account}:key/none` };
  const n: Names = names(stage);
  const of = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  return {
    root: `arn:aws:iam::${account}:root`,
    group: of("autoscaling", `autoScalingGroup:*:autoScalingGroupName/${n.group}`),
    account,
    region,
    anyInstance: of("ec2", "instance/*"),
    /** Everything of a type: EC2 makes the ids, so tags have to say which are meant. */
    ec2: (type: string) => of("ec2", `${type}/*`),
    /** Images belong to no account in their ARNs. */
    anyImage: `arn:aws:ec2:${region}::image/*`,
    /** Nor do snapshots. Source: Service authorization reference, "Resource types defined by Amazon EC2". */
    anySnapshot: `arn:aws:ec2:${region}::snapshot/*`,
    /** Where copies are made; there is a grant on it only where the settings ask for some. */
    anyCopy: `arn:aws:ec2:${copy.region}::snapshot/*`,
    copyKey: copy.kmsKeyArn,
    ec2OfCopies: `ec2.${copy.region}.amazonaws.com`,
    /** Image Builder writes names in small letters in its ARNs. */
    imagePipeline: of("imagebuilder", `image-pipeline/${n.image}`),
    stateBucket: `arn:aws:s3:::${bucketName(stage, account, "state")}`,
    packages: `arn:aws:s3:::${storage?.bucket ?? bucketName(stage, account, "packages")}`,
    secrets: of("secretsmanager", `secret:steward/${stage}/*`),
    document: of("ssm", `document/${n.document}`),
    parameters: of("ssm", `parameter/steward/${stage}/*`),
    desired: of("ssm", `parameter${n.desired}`),
    table: of("dynamodb", `table/${n.table}`),
    bus: of("events", `event-bus/${n.bus}`),
    /** Rules of the default bus and of the stage's own. */
    rules: of("events", `rule/${n.rule("*")}`),
    busRules: of("events", `rule/${n.bus}/${n.rule("*")}`),
    topic: (id: TopicId) => of("sns", n.topic(id)),
    deadLetter: of("sqs", n.deadLetter),
    function: (id: string) => of("lambda", `function:${n.function(id)}`),
    database: of("rds", `db:${n.database}`),
    rds: (resource: string) => of("rds", resource),
    /** Listing by prefix is checked against all alarms: AWS refuses it to a policy on a name prefix, naming the resource `alarm:*`. */
    alarms: of("cloudwatch", "alarm:*"),
    ownAlarms: of("cloudwatch", `alarm:${n.alarm("*")}`),
    key: (id: KeyId) => `{key:${id}}`,
    /** Secrets Manager ends every ARN with a dash and six characters of its own. Source: its user guide, "Secret ARN". */
    secret: (id: SecretId) => of("secretsmanager", `secret:${n.secret(id)}-??????`),
    masterSecrets: of("secretsmanager", "secret:rds!db-*"),
    instanceProfile: `arn:aws:iam::${account}:instance-profile/${n.instanceProfile}`,
    nodeRole: `arn:aws:iam::${account}:role/${n.instanceProfile}`,
    drillRole: `arn:aws:iam::${account}:role/${n.drill}`,
    drillProfile: `arn:aws:iam::${account}:instance-profile/${n.drill}`,
    scalingRole: `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_${scalingSuffix(stage)}`,
    logs: (id: string) => of("logs", `log-group:/aws/lambda/${n.function(id)}:*`),
    nodeLogs: of("logs", `log-group:${n.nodeLogs}:*`),
  };
};
export type Arns = ReturnType<typeof arns>;

/** Auto Scaling's own role for this stage alone, so that the key policy can name it before the first launch. */
export const scalingSuffix = (stage: string): string => `steward-${stage}`;
