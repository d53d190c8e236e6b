import { DRILL_TAG } from "../proof/drill-record.ts";
import { MARK } from "../retention/marks.ts";
import { grantToEc2, keyVia, ours, tagAtCreation } from "./first-deploy-grants.ts";
import type { Grant } from "./grants.ts";
import { names } from "./names.ts";
import { allow } from "./policy.ts";

/** Only what a drill of this stage has made, or makes with its tag: nothing else can be changed by a drill, whatever it means to do. */
const drilled = (stage: string) => ({ [`aws:ResourceTag/${DRILL_TAG.stage}`]: stage });
/** Nor is it the fleet's: a drill's tag on something of the fleet, by whoever's mistake, ends nothing. */
const onlyDrilled = (stage: string) => ({ StringEquals: drilled(stage), Null: { [`aws:ResourceTag/${MARK.stage}`]: "true" } });
const drilling = (stage: string) => ({ [`aws:RequestTag/${DRILL_TAG.stage}`]: stage });

/** A volume of one of the stage's own snapshots, under the key of that. Source: EBS user guide, "Requirements for Amazon EBS encryption". */
export const makeCopy: Grant = (a, stage) => [
  allow(["ec2:CreateVolume"], [a.ec2("volume")], { StringEquals: drilling(stage) }),
  allow(["ec2:CreateVolume"], [a.anySnapshot], { StringEquals: ours(stage) }),
  tagAtCreation(a, "CreateVolume", ["volume"]),
  allow(["ec2:DescribeSubnets"], ["*"]),
  keyVia(a, "data", { service: "ec2", actions: ["Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext"] }),
  grantToEc2(a),
];

/** What is in effect is read, and the copy's own document is put beside it. */
export const writeCopyDocument: Grant = (a) => [
  allow(["s3:GetObject", "s3:PutObject"], [`${a.stateBucket}/effective/*`]),
  keyVia(a, "data", { service: "s3", actions: ["Decrypt", "GenerateDataKey"] }),
];

/**
 * From an image of the stage, into its network, with the drills' own role and security group and no other: everything that a launch is asked
 * for has to be allowed. Of a group IAM sees the id, which is known to EC2 alone, and the tags, its name among them. Source: Service
 * authorization reference, "Actions defined by Amazon EC2", RunInstances; EC2 user guide, "Grant permission to pass IAM roles".
 */
export const launchProver: Grant = (a, stage) => [
  allow(["ec2:RunInstances"], [a.ec2("instance")], { StringEquals: drilling(stage), ArnEquals: { "ec2:InstanceProfile": a.drillProfile } }),
  allow(["ec2:RunInstances"], [a.ec2("volume"), a.ec2("network-interface")], { StringEquals: drilling(stage) }),
  allow(["ec2:RunInstances"], [a.ec2("security-group")], { StringEquals: { ...ours(stage), "aws:ResourceTag/Name": names(stage).drill } }),
  allow(["ec2:RunInstances"], [a.ec2("subnet"), a.anyImage], { StringEquals: ours(stage) }),
  tagAtCreation(a, "RunInstances", ["instance", "volume", "network-interface"]),
  allow(["iam:PassRole"], [a.drillRole], { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } }),
  allow(["ec2:DescribeLaunchTemplateVersions", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVolumes"], ["*"]),
  keyVia(a, "data", { service: "ec2", actions: ["Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext"] }),
  grantToEc2(a),
];

export const attachCopy: Grant = (a, stage) => [
  allow(["ec2:AttachVolume"], [a.ec2("instance"), a.ec2("volume")], onlyDrilled(stage)),
  keyVia(a, "data", { service: "ec2", actions: ["Decrypt"] }),
  grantToEc2(a),
];

/** Through our own document alone, as with the fleet's nodes. */
export const commandProver: Grant = (a, stage) => [
  allow(["ssm:SendCommand"], [a.document]),
  allow(["ssm:SendCommand"], [a.anyInstance], { StringEquals: { [`ssm:resourceTag/${DRILL_TAG.stage}`]: stage } }),
  allow(["ssm:GetCommandInvocation"], ["*"]),
];

/** Those two tags and no other, and only a failure is ever taken back: no drill can touch a hold. Without any named, ForAllValues holds for nothing. */
export const markProof: Grant = (a, stage) => [
  allow(["ec2:CreateTags"], [a.anySnapshot], onlyTags(stage, MARK.proven, MARK.proofFailed)),
  allow(["ec2:DeleteTags"], [a.anySnapshot], onlyTags(stage, MARK.proofFailed)),
];

const onlyTags = (stage: string, ...keys: string[]) => ({
  StringEquals: ours(stage),
  "ForAllValues:StringEquals": { "aws:TagKeys": keys },
  Null: { "aws:TagKeys": "false" },
});

export const removeDrill: Grant = (a, stage) => [
  allow(["ec2:TerminateInstances"], [a.ec2("instance")], onlyDrilled(stage)),
  allow(["ec2:DeleteVolume"], [a.ec2("volume")], onlyDrilled(stage)),
];
