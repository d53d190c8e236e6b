import { ignoredOf } from "@steward/core/topology/ownership";
import type { DatabaseSpec } from "@steward/core/topology/state-spec";
import type { Topology } from "@steward/core/topology/topology";
import type { Keys } from "./keys.ts";
import type { Network } from "./network.ts";
import { optionsOf } from "./options.ts";

/** RDS with its groups, where the topology has one; RDS makes and vaults the master password itself, so no deploy ever sees it. */
export function deployDatabase(
  { database: spec }: Topology,
  { network, keys, after }: { network: Network; keys: Keys; after: $util.Resource[] },
): $util.Resource[] {
  if (!spec) return [];
  const near = optionsOf("database-surroundings");
  const subnetIds = spec.subnetGroup.subnets.map(network.subnet);
  const subnets = new aws.rds.SubnetGroup("DatabaseSubnets", { name: spec.subnetGroup.name, description: "Database of Package Manager", subnetIds }, near);
  const { name, family, parameters } = spec.parameterGroup;
  const forced = Object.entries(parameters).map(([parameter, value]) => ({ name: parameter, value }));
  const group = new aws.rds.ParameterGroup("DatabaseParameters", { name, family, description: "Database of Package Manager", parameters: forced }, near);
  const placed = {
    dbSubnetGroupName: subnets.name,
    parameterGroupName: group.name,
    vpcSecurityGroupIds: [network.securityGroup(spec.securityGroup)],
    kmsKeyId: keys.arn(spec.key),
    masterUserSecretKmsKeyId: keys.arn("vault"),
  };
  return [
    new aws.rds.Instance("Database", { ...settingsOf(spec), ...placed }, { ...optionsOf("database"), ignoreChanges: ignoredOf("database"), dependsOn: after }),
  ];
}

const settingsOf = (spec: DatabaseSpec) => ({
  identifier: spec.id,
  dbName: spec.name,
  engine: spec.engine,
  engineVersion: spec.engineVersion,
  /** Only a major version leaves the minor to RDS; with a pinned minor the next deploy would ask for a downgrade. */
  autoMinorVersionUpgrade: !spec.engineVersion.includes("."),
  instanceClass: spec.instanceClass,
  allocatedStorage: spec.storageGib,
  maxAllocatedStorage: spec.maxStorageGib,
  storageType: "gp3",
  storageEncrypted: true,
  multiAz: spec.multiAz,
  backupRetentionPeriod: spec.backupDays,
  backupWindow: spec.backupWindow,
  maintenanceWindow: spec.maintenanceWindow,
  copyTagsToSnapshot: true,
  port: spec.port,
  username: spec.masterUser,
  manageMasterUserPassword: true,
  caCertIdentifier: spec.certificateAuthority,
  publiclyAccessible: false,
  applyImmediately: false,
  deletionProtection: spec.deletionProtection,
  deleteAutomatedBackups: false,
  skipFinalSnapshot: false,
  finalSnapshotIdentifier: `${spec.id}-final`,
  enabledCloudwatchLogsExports: spec.logExports,
});
