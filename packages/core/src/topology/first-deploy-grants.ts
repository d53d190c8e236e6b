import type { Arns } from "./arns.ts";
import type { Grant } from "./grants.ts";
import { allow, type PolicyStatement } from "./policy.ts";

/** Only what has the stage's tag. */
export const ours = (stage: string) => ({ "aws:ResourceTag/steward:stage": stage });
/** Only what is made with the stage's tag. */
export const made = (stage: string) => ({ "aws:RequestTag/steward:stage": stage });

/** Tagging what was just made by this action, and nothing else. Source: EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation". */
export const tagAtCreation = (a: Arns, action: string, types: string[]): PolicyStatement =>
  allow(
    ["ec2:CreateTags"],
    types.map((type) => a.ec2(type)),
    { StringEquals: { "ec2:CreateAction": action } },
  );

/** Use of a key through one service alone. */
export const keyVia = (a: Arns, key: "data" | "vault", { service, actions }: { service: string; actions: string[] }): PolicyStatement =>
  allow(
    actions.map((action) => `kms:${action}`),
    [a.key(key)],
    { StringEquals: { "kms:ViaService": `${service}.${a.region}.amazonaws.com` } },
  );

/** To AWS's own services alone. Source: EBS user guide, "Requirements for Amazon EBS encryption". */
export const grantToEc2 = (a: Arns): PolicyStatement =>
  allow(["kms:CreateGrant"], [a.key("data")], {
    StringEquals: { "kms:ViaService": `ec2.${a.region}.amazonaws.com` },
    Bool: { "kms:GrantIsForAWSResource": "true" },
  });

/** What Image Builder makes, and what the images say of themselves. */
export const readImages: Grant = (a) => [allow(["imagebuilder:ListImagePipelineImages"], [a.imagePipeline]), allow(["ec2:DescribeImages"], ["*"])];

/** Volume and address of a single server; these describe calls have no resource-level permission. */
export const readServer: Grant = () => [allow(["ec2:DescribeAddresses", "ec2:DescribeVolumes"], ["*"])];

/** How far a first deploy is: what was declared, whether the vault is filled (never with what), the own launch template. */
export const readFirstDeploy: Grant = (a) => [
  allow(["s3:GetObject"], [`${a.stateBucket}/declared/*`]),
  keyVia(a, "data", { service: "s3", actions: ["Decrypt"] }),
  allow(["secretsmanager:DescribeSecret"], [a.secrets]),
  allow(["ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"], ["*"]),
];

export const buildImage: Grant = (a) => [allow(["imagebuilder:StartImagePipelineExecution"], [a.imagePipeline])];

/** An encrypted volume is made with a grant to EC2. Source: EBS user guide, "Permissions for IAM users" of its encryption. */
export const makeVolume: Grant = (a, stage) => [
  allow(["ec2:CreateVolume"], [a.ec2("volume")], { StringEquals: made(stage) }),
  tagAtCreation(a, "CreateVolume", ["volume"]),
  keyVia(a, "data", { service: "ec2", actions: ["Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext"] }),
  grantToEc2(a),
];

export const attachVolume: Grant = (a, stage) => [
  allow(["ec2:AttachVolume"], [a.ec2("instance"), a.ec2("volume")], { StringEquals: ours(stage) }),
  keyVia(a, "data", { service: "ec2", actions: ["Decrypt"] }),
  grantToEc2(a),
];

/** That one tag and no other: without any named, EC2 takes them all, and ForAllValues holds for nothing. */
export const settleVolume: Grant = (a, stage) => [
  allow(["ec2:DeleteTags"], [a.ec2("volume")], {
    StringEquals: ours(stage),
    "ForAllValues:StringEquals": { "aws:TagKeys": "steward:new" },
    Null: { "aws:TagKeys": "false" },
  }),
];

export const moveAddress: Grant = (a, stage) => [allow(["ec2:AssociateAddress"], [a.ec2("elastic-ip"), a.ec2("instance")], { StringEquals: ours(stage) })];

/** Only the salt is read: fingerprints are made with it, and it opens nothing. */
export const writeDocument: Grant = (a) => [
  allow(["s3:PutObject"], [`${a.stateBucket}/effective/*`]),
  keyVia(a, "data", { service: "s3", actions: ["GenerateDataKey"] }),
  allow(["secretsmanager:GetSecretValue"], [a.secret("fingerprint-salt")]),
  keyVia(a, "vault", { service: "secretsmanager", actions: ["Decrypt"] }),
];

export const writeTemplate: Grant = (a, stage) => [
  allow(["ec2:CreateLaunchTemplate"], [a.ec2("launch-template")], { StringEquals: made(stage) }),
  allow(["ec2:CreateLaunchTemplateVersion"], [a.ec2("launch-template")], { StringEquals: ours(stage) }),
  tagAtCreation(a, "CreateLaunchTemplate", ["launch-template"]),
];

/**
 * Naming a template asks for the right to launch from it; into the stage's security groups only so, because a drill launches with one of its
 * own. Source: Auto Scaling user guide, "Control Amazon EC2 launch template usage in Auto Scaling groups".
 */
export const sizeGroup: Grant = (a, stage) => [
  allow(["autoscaling:UpdateAutoScalingGroup"], [a.group], { StringEquals: ours(stage) }),
  allow(["ec2:RunInstances"], [a.ec2("instance"), a.ec2("volume"), a.ec2("network-interface")], { StringEquals: made(stage) }),
  allow(["ec2:RunInstances"], [a.ec2("launch-template"), a.ec2("subnet"), a.anyImage], { StringEquals: ours(stage) }),
  allow(["ec2:RunInstances"], [a.ec2("security-group")], { StringEquals: ours(stage), Null: { "ec2:LaunchTemplate": "false" } }),
  tagAtCreation(a, "RunInstances", ["instance", "volume", "network-interface"]),
  allow(["iam:PassRole"], [a.nodeRole], { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } }),
];

export const commitDesired: Grant = (a) => [allow(["ssm:PutParameter"], [a.desired])];
