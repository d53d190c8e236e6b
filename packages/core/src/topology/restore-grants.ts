import { RESTORE_MARK } from "../restore/restore-record.ts";
import { grantToEc2, keyVia, made, ours, tagAtCreation } from "./first-deploy-grants.ts";
import type { Grant } from "./grants.ts";
import { allow } from "./policy.ts";

/** A volume with the stage's tag, of one of the stage's own snapshots, under the key of that. Source: EBS user guide, "Requirements for Amazon EBS encryption". */
export const makeRestored: Grant = (a, stage) => [
  allow(["ec2:CreateVolume"], [a.ec2("volume")], { StringEquals: made(stage) }),
  allow(["ec2:CreateVolume"], [a.anySnapshot], { StringEquals: ours(stage) }),
  tagAtCreation(a, "CreateVolume", ["volume"]),
  allow(["ec2:DescribeVolumes"], ["*"]),
  keyVia(a, "data", { service: "ec2", actions: ["Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext"] }),
  grantToEc2(a),
];

/** What is in effect is read, and what is to be in effect is put beside it. */
export const writeRestored: Grant = (a) => [
  allow(["s3:GetObject", "s3:PutObject"], [`${a.stateBucket}/effective/*`]),
  keyVia(a, "data", { service: "s3", actions: ["Decrypt", "GenerateDataKey"] }),
];

/** Only the mark goes, never the volume. */
export const releaseVolumes: Grant = (a, stage) => [
  allow(["ec2:DeleteTags"], [a.ec2("volume")], {
    StringEquals: ours(stage),
    "ForAllValues:StringEquals": { "aws:TagKeys": RESTORE_MARK.kept },
    Null: { "aws:TagKeys": "false" },
  }),
];

/** Those two tags and no other, so that no volume changes hands. Without any named, ForAllValues holds for nothing. */
export const markVolumes: Grant = (a, stage) => [
  allow(["ec2:CreateTags"], [a.ec2("volume")], {
    StringEquals: ours(stage),
    "ForAllValues:StringEquals": { "aws:TagKeys": ["Name", RESTORE_MARK.kept] },
    Null: { "aws:TagKeys": "false" },
  }),
  ...releaseVolumes(a, stage),
];
