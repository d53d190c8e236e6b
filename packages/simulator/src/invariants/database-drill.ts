import { DRILL_TAG } from "@steward/core/proof/drill-record";
import type { Database } from "../services/rds/database.ts";
import type { Invariant, Moment } from "./invariant.ts";

/** Longer than a restore and its verdict may take, with its removal. */
const SIX_HOURS = 6 * 3_600_000;

const copies = ({ world, deployed }: Moment): Database[] =>
  [...world.rds.databases.values()].filter(({ tags }) => tags.get(DRILL_TAG.stage) === deployed.topology.stage);

export const databaseCopyApart: Invariant = {
  id: "database-copy-apart",
  sentence: "No database of a restore drill is public, bears the fleet's tag, or is open to more than the drill's own security group lets in.",
  watch: () => (moment) => copies(moment).flatMap((copy) => wrong(moment, copy)),
};

function wrong({ deployed }: Moment, copy: Database): string[] {
  const { PubliclyAccessible, VpcSecurityGroups = [], MultiAZ, DeletionProtection, DBSubnetGroup } = copy.describe();
  const has: [string, boolean][] = [
    ["is public", PubliclyAccessible !== false],
    ["bears the fleet's tag", Object.keys(deployed.topology.tags).some((key) => copy.tags.has(key))],
    ["has other security groups", VpcSecurityGroups.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId).join() !== deployed.named["securityGroup:drill"]],
    ["lies elsewhere than the fleet's", DBSubnetGroup?.DBSubnetGroupName !== deployed.topology.database?.subnetGroup.name],
    ["has a standby, or can't be deleted", MultiAZ === true || DeletionProtection === true],
  ];
  return has.flatMap(([what, so]) => (so ? [`the database ${copy.id} of a restore drill ${what}`] : []));
}

export const databaseCopyLeft: Invariant = {
  id: "database-copy-left",
  sentence: "No database that a restore drill made is there for longer than six hours.",
  watch: () => (moment) =>
    copies(moment)
      .filter(({ createdAt }) => moment.now.getTime() - createdAt.getTime() > SIX_HOURS)
      .map(({ id }) => `the database ${id} of a restore drill is left`),
};

/** What RDS says of the fleet's database, but for its moods and its times. */
const settingsOf = ({ world, deployed }: Moment): string | undefined => {
  const database = world.rds.databases.get(deployed.topology.database?.id ?? "");
  if (!database) return undefined;
  const { DBInstanceStatus: _status, LatestRestorableTime: _time, InstanceCreateTime: _created, ...rest } = database.describe();
  return JSON.stringify(rest);
};

export const databaseUnchanged: Invariant = {
  id: "database-unchanged",
  sentence: "No setting and no tag of the fleet's database is changed, and it is there.",
  watch: () => {
    let before: string | undefined;
    return (moment) => {
      const now = settingsOf(moment);
      before ??= now;
      return now === before ? [] : ["the fleet's database is not what it was"];
    };
  },
};
