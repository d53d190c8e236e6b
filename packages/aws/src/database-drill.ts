import { DescribeSecurityGroupsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import {
  AddTagsToResourceCommand,
  CopyDBSnapshotCommand,
  type DBInstance,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
  RemoveTagsFromResourceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
} from "@aws-sdk/client-rds";
import type { S3Client } from "@aws-sdk/client-s3";
import { Permanent } from "@steward/core/errors";
import type { DatabaseDrillMeans } from "@steward/core/proof/database/ports";
import { DRILL_TAG } from "@steward/core/proof/drill-record";
import { MARK } from "@steward/core/retention/marks";
import type { Keeping } from "@steward/core/settings/schema";
import { packageBucket } from "@steward/core/topology/arns";
import { names } from "@steward/core/topology/names";
import type { Place } from "@steward/core/topology/topology";
import { createBucketVersions } from "./bucket-versions.ts";
import type { DatabaseDrillReads } from "./database-drill-reads.ts";
import { answered, calling } from "./failures.ts";
import type { Nodes } from "./nodes.ts";

interface Config {
  clients: { ec2: EC2Client; rds: RDSClient; s3: S3Client };
  nodes: Pick<Nodes, "askDatabase">;
  reads: DatabaseDrillReads;
  stage: string;
  place: Place;
  keeping?: Keeping;
}

/** What a pair's drill makes and removes; everything carries its tags, and nothing the stage's. */
export function createDatabaseDrillMeans({ clients: { ec2, rds, s3 }, nodes, reads, stage, place, keeping }: Config): DatabaseDrillMeans {
  const n = names(stage);
  const { bucket = null, prefix = "" } = keeping?.database ?? {};
  const versions = createBucketVersions(s3, {
    bucket: packageBucket(stage, { account: place.account, storage: { bucket, prefix, clientSideEncryption: false } }),
    account: place.account,
    prefix,
  });
  const tags = (id: string) => asTags({ Name: n.drill, [DRILL_TAG.stage]: stage, [DRILL_TAG.id]: id });

  async function securityGroup(): Promise<string> {
    const Filters = [
      { Name: "tag:steward:stage", Values: [stage] },
      { Name: "group-name", Values: [n.drill] },
    ];
    const { SecurityGroups = [] } = await calling(`describe the security group ${n.drill}`, () => ec2.send(new DescribeSecurityGroupsCommand({ Filters })));
    const id = SecurityGroups[0]?.GroupId;
    if (!id) throw new Permanent(`there is no security group by the name of ${n.drill}: a deploy makes it`);
    return id;
  }

  /** Undefined where it is gone: what is gone has no tags by which IAM could judge, and it would refuse whoever changes it. */
  async function snapshotArn(DBSnapshotIdentifier: string): Promise<string | undefined> {
    const command = new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier });
    const { DBSnapshots = [] } = (await calling(`describe ${DBSnapshotIdentifier}`, () => unless(["DBSnapshotNotFoundFault"], rds.send(command)))) ?? {};
    return DBSnapshots[0]?.DBSnapshotArn;
  }

  return {
    snapshots: async () => {
      const [{ DBInstanceIdentifier: databaseId = n.database, LatestRestorableTime }, { available }] = await Promise.all([reads.fleets(), reads.snapshots()]);
      return { databaseId, snapshots: available, latestRestorableAt: LatestRestorableTime ?? null };
    },

    /** Left out, RDS takes the default security group and parameters, and whatever else the snapshot remembers. Source: RDS user guide, "Restoring to a DB instance". */
    restore: async (id, DBSnapshotIdentifier, DBInstanceClass) => {
      const DBInstanceIdentifier = n.databaseCopy(id);
      const [fleets, group] = await Promise.all([reads.fleets(), securityGroup()]);
      const command = new RestoreDBInstanceFromDBSnapshotCommand({
        DBInstanceIdentifier,
        DBSnapshotIdentifier,
        DBInstanceClass,
        ...placeOf(fleets),
        VpcSecurityGroupIds: [group],
        MultiAZ: false,
        PubliclyAccessible: false,
        DeletionProtection: false,
        BackupRetentionPeriod: 0,
        CopyTagsToSnapshot: false,
        AutoMinorVersionUpgrade: false,
        EnableCloudwatchLogsExports: [],
        Tags: tags(id),
      });
      await calling(`restore ${DBSnapshotIdentifier}`, () => unless(["DBInstanceAlreadyExistsFault"], rds.send(command)));
      return DBInstanceIdentifier;
    },

    ask: (instanceId, copy) => nodes.askDatabase(instanceId, copy),

    keep: async (id, SourceDBSnapshotIdentifier) => {
      const TargetDBSnapshotIdentifier = n.keptSnapshot(id);
      const command = new CopyDBSnapshotCommand({ SourceDBSnapshotIdentifier, TargetDBSnapshotIdentifier, CopyTags: false, Tags: tags(id) });
      await calling(`keep ${SourceDBSnapshotIdentifier}`, () => unless(["DBSnapshotAlreadyExistsFault"], rds.send(command)));
      return TargetDBSnapshotIdentifier;
    },

    /** What is on its way already can't be ordered again; whoever asks looks again. */
    remove: async (copyIds, keptIds) => {
      const [copies, { kept }] = await Promise.all([reads.copies(), reads.snapshots()]);
      const isMeant = (ids: readonly string[], one: { id: string; status: string }) => ids.includes(one.id) && one.status !== "deleting";
      for (const { id: DBInstanceIdentifier } of copies.filter((copy) => isMeant(copyIds, copy))) {
        const command = new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true, DeleteAutomatedBackups: true });
        await calling(`delete ${DBInstanceIdentifier}`, () => unless([...GONE, "InvalidDBInstanceStateFault"], rds.send(command)));
      }
      for (const { id: DBSnapshotIdentifier } of kept.filter((snapshot) => isMeant(keptIds, snapshot)))
        await calling(`delete ${DBSnapshotIdentifier}`, () =>
          unless([...GONE, "InvalidDBSnapshotStateFault"], rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier }))),
        );
    },

    mark: async (snapshotId, proof) => {
      const ResourceName = await snapshotArn(snapshotId);
      if (!ResourceName) return;
      const marks: Record<string, string> =
        "failed" in proof ? { [MARK.proofFailed]: tagValue(proof.failed) } : { [MARK.proven]: proof.provenAt.toISOString() };
      await calling(`mark ${snapshotId}`, () => unless(GONE, rds.send(new AddTagsToResourceCommand({ ResourceName, Tags: asTags(marks) }))));
      if ("failed" in proof) return;
      const forget = new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: [MARK.proofFailed] });
      await calling(`mark ${snapshotId}`, () => unless(GONE, rds.send(forget)));
    },

    bucketSettings: versions.settings,
    bucketPage: versions.page,
  };
}

/** The fleet's own subnets, parameters and options, by name: the restored one is what the fleet would get. */
function placeOf({ DBSubnetGroup, DBParameterGroups = [], OptionGroupMemberships = [], DBInstanceIdentifier }: DBInstance) {
  const [DBSubnetGroupName, DBParameterGroupName] = [DBSubnetGroup?.DBSubnetGroupName, DBParameterGroups[0]?.DBParameterGroupName];
  if (!DBSubnetGroupName || !DBParameterGroupName) throw new Permanent(`RDS names no subnets or no parameters of ${DBInstanceIdentifier}`);
  const option = OptionGroupMemberships[0]?.OptionGroupName;
  return { DBSubnetGroupName, DBParameterGroupName, ...(option && { OptionGroupName: option }) };
}

const GONE = ["DBInstanceNotFoundFault", "DBSnapshotNotFoundFault"];

const asTags = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** RDS takes 256 characters, and only some. Source: RDS user guide, "Tagging Amazon RDS resources". */
const tagValue = (text: string): string =>
  text
    .replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, " ")
    .slice(0, 250)
    .trim() || "it gives no reason";

/** Some answers say that there is nothing to do. */
const unless = <T>(codes: readonly string[], call: Promise<T>): Promise<T | undefined> =>
  call.catch((error: unknown) => {
    if (codes.some((code) => answered(error, code))) return undefined;
    throw error;
  });
