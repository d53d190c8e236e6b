import type { HaSettings, StageSettings } from "../settings/schema.ts";
import { type Arns, arns, packageBucket } from "./arns.ts";
import { names } from "./names.ts";
import { allow, type PolicyStatement, policy } from "./policy.ts";
import type { RoleSpec } from "./state-spec.ts";

/** What the nodes are allowed: the agents, what their own program reads, and Package Manager's bucket. Nothing that changes the fleet, but their own hook in `ha`. */
export function nodeRole(settings: StageSettings, stage: string): RoleSpec {
  const a = arns(stage, settings);
  const statements = [
    systemsManagerAgent,
    ...metricsAndLogs(a),
    ...program(a),
    ...(settings.topology === "ha" ? [heartbeat(a), ownHook(a, stage), ...packages(settings, stage, a)] : []),
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

/** `steward-node` reads what it should be. */
const program = (a: Arns): PolicyStatement[] => [allow(["ssm:GetParameter"], [a.desired])];

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
 * The encryption key lies in the same bucket: a node may read it, and nothing that runs on a node may write or delete it.
 */
function packages(settings: HaSettings, stage: string, a: Arns): PolicyStatement[] {
  const { storage, account } = settings;
  const bucket = `arn:aws:s3:::${packageBucket(stage, settings)}`;
  const folder = storage.prefix ? `${storage.prefix}/` : "";
  const own: PolicyStatement[] = [
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
  return storage.clientSideEncryption ? [...own, allow(["kms:Decrypt", "kms:GenerateDataKey"], [a.key("packages")])] : own;
}
