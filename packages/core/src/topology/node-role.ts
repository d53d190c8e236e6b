import type { SecretId } from "../desired/vault.ts";
import type { HaSettings, StageSettings } from "../settings/schema.ts";
import { type Arns, arns, bucketName, packageBucket } from "./arns.ts";
import { names } from "./names.ts";
import { allow, type PolicyStatement, policy } from "./policy.ts";
import { secrets } from "./state.ts";
import type { RoleSpec } from "./state-spec.ts";
import type { Place } from "./topology.ts";

/** What the nodes are allowed: the agents, what their own program reads, and Package Manager's bucket. Nothing that changes the fleet, but their own hook in `ha`. */
export function nodeRole(settings: StageSettings, stage: string): RoleSpec {
  const a = arns(stage, settings);
  const statements = [
    systemsManagerAgent,
    ...metricsAndLogs(a),
    ...program(settings, stage, a),
    ...(settings.topology === "ha" ? [heartbeat(a), ownHook(a, stage), masterPassword(a), ...packages(settings, stage)] : []),
  ];
  return { name: names(stage).instanceProfile, service: "ec2.amazonaws.com", instanceProfile: names(stage).instanceProfile, policy: policy(...statements) };
}

/**
 * What Systems Manager's agent asks for, on any instance; it has no right on single resources.
 * Source: Systems Manager user guide, "Reference: ec2messages, ssmmessages, and other API operations"; service authorization reference.
 */
export const systemsManagerAgent: PolicyStatement = allow(
  [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "ssm:UpdateInstanceInformation",
  ],
  ["*"],
);

const metricsAndLogs = (a: Arns): PolicyStatement[] => [
  allow(["cloudwatch:PutMetricData"], ["*"], { StringEquals: { "cloudwatch:namespace": "Steward/Node" } }),
  allow(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [a.nodeLogs]),
];

/** Of the keys, only what comes by way of one service. */
const via = ({ region }: Place, service: string) => ({ StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` } });

const stateBucket = (stage: string, { account }: Place): string => `arn:aws:s3:::${bucketName(stage, account, "state")}`;

/** The desired state, and documents of what a node is to be; none of them holds a secret. */
export const readDocuments = (place: Place, stage: string, a: Arns): PolicyStatement[] => [
  allow(["ssm:GetParameter"], [a.desired]),
  allow(["s3:GetObject"], [`${stateBucket(stage, place)}/effective/*`], { StringEquals: { "aws:ResourceAccount": place.account } }),
];

/** What lies in these places of the vault, and their key, through the vault alone. */
export const readSecrets = (place: Place, a: Arns, ids: readonly SecretId[]): PolicyStatement[] => [
  allow(
    ["secretsmanager:GetSecretValue"],
    ids.map((id) => a.secret(id)),
  ),
  allow(["kms:Decrypt"], [a.key("vault")], via(place, "secretsmanager")),
];

/** The key of documents, through S3 alone; `GenerateDataKey` is for whoever writes. */
export const useDocumentKey = (place: Place, a: Arns, actions: readonly ("Decrypt" | "GenerateDataKey")[]): PolicyStatement =>
  allow(
    actions.map((action) => `kms:${action}`),
    [a.key("data")],
    via(place, "s3"),
  );

/** `steward-node` reads what it should be and the secrets that belong to it, and keeps evidence of a sick node. */
function program(settings: StageSettings, stage: string, a: Arns): PolicyStatement[] {
  const ids = secrets(settings, names(stage)).map(({ id }) => id);
  return [
    ...readDocuments(settings, stage, a),
    allow(["s3:PutObject"], [`${stateBucket(stage, settings)}/evidence/*`], { StringEquals: { "aws:ResourceAccount": settings.account } }),
    useDocumentKey(settings, a, ["Decrypt", "GenerateDataKey"]),
    ...readSecrets(settings, a, ids),
  ];
}

/**
 * The database's master, as whom a node makes the logins; RDS names the secret, and tags it with the database that it is for.
 * Source: RDS user guide, "Password management with Amazon RDS and AWS Secrets Manager".
 */
const masterPassword = (a: Arns): PolicyStatement =>
  allow(["secretsmanager:GetSecretValue"], [a.masterSecrets], { StringEquals: { "aws:ResourceTag/aws:rds:primaryDBInstanceArn": a.database } });

/** When Steward was last heard of, for the net under it: one item of the ledger and no other. */
const heartbeat = (a: Arns): PolicyStatement =>
  allow(["dynamodb:GetItem"], [a.table], {
    "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "heartbeat" },
    // Without it a request that names no key would pass: ForAllValues holds for nothing.
    Null: { "dynamodb:LeadingKeys": "false" },
  });

/** The net under Steward: a node that is right lets itself in when nobody has looked for a quarter of an hour. */
const ownHook = (a: Arns, stage: string): PolicyStatement =>
  allow(["autoscaling:CompleteLifecycleAction"], [a.group], { StringEquals: { "aws:ResourceTag/steward:stage": stage } });

/**
 * Package Manager's own use of its bucket. Source: Posit's administration guide, "File storage: S3", and Posit's own role.
 * Newer versions look for a key in this bucket where they are given none: nothing that runs on a node may put one there, or take one away.
 */
function packages(settings: HaSettings, stage: string): PolicyStatement[] {
  const { storage, account } = settings;
  const bucket = `arn:aws:s3:::${packageBucket(stage, settings)}`;
  const folder = storage.prefix ? `${storage.prefix}/` : "";
  return [
    allow(["s3:GetBucketLocation", "s3:ListBucket"], [bucket], { StringEquals: { "aws:ResourceAccount": account } }),
    allow(
      ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"],
      [`${bucket}/${folder}*`],
      {
        StringEquals: { "aws:ResourceAccount": account },
      },
    ),
    { Sid: "KeepTheKey", Effect: "Deny", Action: ["s3:DeleteObject", "s3:PutObject"], Resource: [`${bucket}/${folder}persistent/encryption/*`] },
  ];
}
