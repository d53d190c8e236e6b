import type * as Module from "@aws-sdk/client-rds";
import { type Account, arn } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";

/** Settings of the database engine, by name. */
export interface ParameterGroup {
  name: string;
  family: string;
  description: string;
  parameters: Map<string, { value: string; method: string }>;
}

/** The subnets that a database may stand in. */
export interface SubnetGroup {
  name: string;
  description: string;
  subnets: { id: string; zone: string }[];
}

/** What databases are made with. */
export interface DatabaseGroups {
  parameterGroups: Map<string, ParameterGroup>;
  subnetGroups: Map<string, SubnetGroup>;
}

/** Source: API reference, ModifyDBParameterGroup. */
const MOST_PARAMETERS = 20;
/** Changes of these wait for a reboot. Source: RDS user guide, "Working with parameters on your RDS for PostgreSQL DB instance". */
const STATIC = new Set(["shared_preload_libraries", "max_connections", "shared_buffers", "wal_buffers", "rds.logical_replication"]);

/** Parameter groups and subnet groups. */
export const groupOperations = (account: Account, groups: DatabaseGroups): Operations<typeof Module> => ({
  CreateDBParameterGroup: {
    rights: ({ DBParameterGroupName: name, Tags }) => toMake("CreateDBParameterGroup", `pg:${name}`, Tags),
    run: (input) => ({ DBParameterGroup: parameterGroupShape(createParameterGroup(groups, input)) }),
  },
  ModifyDBParameterGroup: {
    rights: ({ DBParameterGroupName: name }) => [{ action: "rds:ModifyDBParameterGroup", resources: [arn("rds", `pg:${name}`)] }],
    run: (input) => {
      const group = parameterGroup(groups, input.DBParameterGroupName);
      setParameters(group, input.Parameters ?? []);
      return { DBParameterGroupName: group.name };
    },
  },
  DescribeDBParameterGroups: {
    rights: ({ DBParameterGroupName: name }) => [{ action: "rds:DescribeDBParameterGroups", resources: [arn("rds", `pg:${name ?? "*"}`)] }],
    run: ({ DBParameterGroupName: name }) => {
      const found = name === undefined ? [...groups.parameterGroups.values()] : [parameterGroup(groups, name)];
      return { DBParameterGroups: found.map(parameterGroupShape) };
    },
  },
  DescribeDBParameters: {
    rights: ({ DBParameterGroupName: name }) => [{ action: "rds:DescribeDBParameters", resources: [arn("rds", `pg:${name}`)] }],
    run: ({ DBParameterGroupName: name }) => ({
      Parameters: [...parameterGroup(groups, name).parameters].map(([ParameterName, { value, method }]) => ({
        ParameterName,
        ParameterValue: value,
        ApplyMethod: method as Module.ApplyMethod,
        ApplyType: STATIC.has(ParameterName) ? "static" : "dynamic",
        Source: "user",
      })),
    }),
  },
  CreateDBSubnetGroup: {
    rights: ({ DBSubnetGroupName: name, Tags }) => toMake("CreateDBSubnetGroup", `subgrp:${name}`, Tags),
    run: (input) => ({ DBSubnetGroup: subnetGroupShape(createSubnetGroup(account, groups, input)) }),
  },
  DescribeDBSubnetGroups: {
    rights: ({ DBSubnetGroupName: name }) => [{ action: "rds:DescribeDBSubnetGroups", resources: [arn("rds", `subgrp:${name ?? "*"}`)] }],
    run: ({ DBSubnetGroupName: name }) => {
      const found = name === undefined ? [...groups.subnetGroups.values()] : [subnetGroup(groups, name)];
      return { DBSubnetGroups: found.map(subnetGroupShape) };
    },
  },
});

const toMake = (action: string, resource: string, tags: Module.Tag[] | undefined) =>
  toCreateTagged({ create: `rds:${action}`, tag: "rds:AddTagsToResource", resources: [arn("rds", resource)], tags });

/** A parameter group by name; names of groups are kept in lower case. */
export function parameterGroup({ parameterGroups }: DatabaseGroups, name: string | undefined): ParameterGroup {
  const found = parameterGroups.get(name?.toLowerCase() ?? "");
  if (!found) throw new AwsError("DBParameterGroupNotFound", `DBParameterGroup not found: ${name}`, 404);
  return found;
}

/** A subnet group by name, whatever its case. */
export function subnetGroup({ subnetGroups }: DatabaseGroups, name: string | undefined): SubnetGroup {
  const found = subnetGroups.get(name?.toLowerCase() ?? "");
  if (!found) throw new AwsError("DBSubnetGroupNotFoundFault", `DB subnet group '${name}' does not exist.`, 404);
  return found;
}

function createParameterGroup({ parameterGroups }: DatabaseGroups, input: Module.CreateDBParameterGroupMessage): ParameterGroup {
  const name = (input.DBParameterGroupName ?? "").toLowerCase();
  const family = input.DBParameterGroupFamily ?? "";
  if (!/^postgres\d+$/.test(family)) throw new AwsError("InvalidParameterValue", `ParameterGroupFamily ${family} is not a valid parameter group family`);
  if (parameterGroups.has(name)) throw new AwsError("DBParameterGroupAlreadyExists", `Parameter group ${name} already exists`);
  const group = { name, family, description: input.Description ?? "", parameters: new Map() };
  parameterGroups.set(name, group);
  return group;
}

function setParameters(group: ParameterGroup, parameters: Module.Parameter[]): void {
  if (parameters.length > MOST_PARAMETERS) throw new AwsError("InvalidParameterValue", `At most ${MOST_PARAMETERS} parameters can be modified in a request.`);
  for (const { ParameterName = "", ApplyMethod = "" } of parameters) {
    if (!/^[a-z][a-z0-9_.]*$/.test(ParameterName)) throw new AwsError("InvalidParameterValue", `Could not find parameter with name: ${ParameterName}`);
    if (ApplyMethod === "immediate" && STATIC.has(ParameterName))
      throw new AwsError("InvalidParameterCombination", "cannot use immediate apply method for static parameter");
  }
  for (const { ParameterName = "", ParameterValue = "", ApplyMethod = "pending-reboot" } of parameters)
    group.parameters.set(ParameterName, { value: ParameterValue, method: ApplyMethod });
}

function createSubnetGroup(account: Account, { subnetGroups }: DatabaseGroups, input: Module.CreateDBSubnetGroupMessage): SubnetGroup {
  const name = (input.DBSubnetGroupName ?? "").toLowerCase();
  if (subnetGroups.has(name)) throw new AwsError("DBSubnetGroupAlreadyExists", `The DB subnet group '${name}' already exists.`);
  const subnets = (input.SubnetIds ?? []).map((id) => ({ id, zone: zoneOf(account, id) }));
  const zones = [...new Set(subnets.map(({ zone }) => zone))];
  if (zones.length < 2)
    throw new AwsError(
      "DBSubnetGroupDoesNotCoverEnoughAZs",
      `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${zones.join(", ")}. Add subnets to cover at least 2 AZs.`,
    );
  const group = { name, description: input.DBSubnetGroupDescription ?? "", subnets };
  subnetGroups.set(name, group);
  return group;
}

function zoneOf({ links }: Account, subnetId: string): string {
  try {
    return links.zoneOf(subnetId);
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError("InvalidSubnet", `Some input subnets in :[${subnetId}] are invalid.`);
    throw error;
  }
}

const parameterGroupShape = ({ name, family, description }: ParameterGroup): Module.DBParameterGroup => ({
  DBParameterGroupName: name,
  DBParameterGroupFamily: family,
  Description: description,
  DBParameterGroupArn: arn("rds", `pg:${name}`),
});

const subnetGroupShape = ({ name, description, subnets }: SubnetGroup): Module.DBSubnetGroup => ({
  DBSubnetGroupName: name,
  DBSubnetGroupDescription: description,
  DBSubnetGroupArn: arn("rds", `subgrp:${name}`),
  SubnetGroupStatus: "Complete",
  Subnets: subnets.map(({ id, zone }) => ({ SubnetIdentifier: id, SubnetAvailabilityZone: { Name: zone }, SubnetStatus: "Active" })),
});
