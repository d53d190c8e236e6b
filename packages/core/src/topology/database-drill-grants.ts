import { DRILL_TAG } from "../proof/drill-record.ts";
import { MARK } from "../retention/marks.ts";
import type { Arns } from "./arns.ts";
import { keyVia, ours } from "./first-deploy-grants.ts";
import type { Grant } from "./grants.ts";
import { allow, type PolicyStatement } from "./policy.ts";

/** Only what a drill of this stage has made, or makes with its tag: nothing else can be changed by a drill, whatever it means to do. */
const drilled = (stage: string) => ({ [`aws:ResourceTag/${DRILL_TAG.stage}`]: stage });
/** Nor is it the fleet's: a drill's tag on something of the fleet, by whoever's mistake, ends nothing. */
const onlyDrilled = (stage: string) => ({ StringEquals: drilled(stage), Null: { [`aws:ResourceTag/${MARK.stage}`]: "true" } });
const drilling = (stage: string) => ({ [`aws:RequestTag/${DRILL_TAG.stage}`]: stage });

const copies = (a: Arns, stage: string): string => a.rds(`db:steward-${stage}-drill-*`);
const kept = (a: Arns, stage: string): string => a.rds(`snapshot:steward-${stage}-proven-*`);
const anySnapshot = (a: Arns): string => a.rds("snapshot:*");

/** Databases and snapshots by their tags: whoever looks for them has to see all of the account. Source: Service authorization reference, "Actions defined by Amazon RDS". */
export const readDatabaseDrills: Grant = (a) => [
  allow(["rds:DescribeDBInstances", "rds:DescribeDBSnapshots"], [a.rds("db:*")]),
  allow(["rds:DescribeDBSnapshots"], [anySnapshot(a)]),
];

/** What RDS does with the key on behalf of whoever restores or copies. Source: RDS user guide, "Encrypting Amazon RDS resources", key management. */
const useKey = (a: Arns): PolicyStatement[] => [
  keyVia(a, "data", { service: "rds", actions: ["DescribeKey", "GenerateDataKeyWithoutPlaintext"] }),
  allow(["kms:CreateGrant"], [a.key("data")], {
    StringEquals: { "kms:ViaService": `rds.${a.region}.amazonaws.com` },
    Bool: { "kms:GrantIsForAWSResource": "true" },
  }),
];

/**
 * Into the stage's own subnets and with its own parameters, from a snapshot of the stage, never public, and under the drill's name alone.
 * Source: Service authorization reference, "Actions defined by Amazon RDS", RestoreDBInstanceFromDBSnapshot.
 */
export const restoreDatabase: Grant = (a, stage) => [
  ...readDatabaseDrills(a, stage),
  allow(["ec2:DescribeSecurityGroups"], ["*"]),
  allow(["rds:RestoreDBInstanceFromDBSnapshot"], [copies(a, stage)], { StringEquals: drilling(stage), Bool: { "rds:PubliclyAccessible": "false" } }),
  allow(["rds:RestoreDBInstanceFromDBSnapshot"], [anySnapshot(a)], { StringEquals: ours(stage) }),
  allow(["rds:RestoreDBInstanceFromDBSnapshot"], [a.rds(`pg:steward-${stage}-*`), a.rds(`subgrp:steward-${stage}`)]),
  allow(["rds:RestoreDBInstanceFromDBSnapshot"], [a.rds("og:default:postgres-*")]),
  allow(["rds:AddTagsToResource"], [copies(a, stage)], { StringEquals: drilling(stage) }),
  ...useKey(a),
];

/** What the bucket has had, and how it keeps that; no object is read. */
export const checkBucket: Grant = (a) => [
  allow(["s3:GetBucketVersioning", "s3:GetLifecycleConfiguration", "s3:ListBucketVersions"], [a.packages], {
    StringEquals: { "aws:ResourceAccount": a.account },
  }),
];

/** Those two tags and no other. */
export const markDatabaseProof: Grant = (a, stage) => [
  ...readDatabaseDrills(a, stage),
  allow(["rds:AddTagsToResource", "rds:RemoveTagsFromResource"], [anySnapshot(a)], {
    StringEquals: ours(stage),
    "ForAllValues:StringEquals": { "aws:TagKeys": [MARK.proven, MARK.proofFailed] },
    Null: { "aws:TagKeys": "false" },
  }),
];

/** From a snapshot of the stage to one of the drills' own. */
export const keepProven: Grant = (a, stage) => [
  ...readDatabaseDrills(a, stage),
  allow(["rds:CopyDBSnapshot"], [kept(a, stage)], { StringEquals: drilling(stage) }),
  allow(["rds:CopyDBSnapshot"], [anySnapshot(a)], { StringEquals: ours(stage) }),
  allow(["rds:AddTagsToResource"], [kept(a, stage)], { StringEquals: drilling(stage) }),
  ...useKey(a),
];

export const removeDatabaseDrill: Grant = (a, stage) => [
  ...readDatabaseDrills(a, stage),
  allow(["rds:DeleteDBInstance"], [copies(a, stage)], onlyDrilled(stage)),
  allow(["rds:DeleteDBSnapshot"], [kept(a, stage)], onlyDrilled(stage)),
];
