import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID, arn } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import type { Network, SecurityGroup, SecurityRule } from "./network.ts";
import { tagAtCreation, toCreate } from "./rights.ts";
import { permissionsOf, rulesOf, sameRule } from "./security-rules.ts";
import { tagList, tagsFor } from "./template-data.ts";

/** Source: VPC quotas: 60 inbound and 60 outbound rules per group unless raised. */
const MOST_RULES = 60;

/** Security groups and their rules. */
export const securityGroupOperations = (network: Network): Operations<typeof sdk> => {
  const change = (action: string, act: (group: SecurityGroup, rules: SecurityRule[]) => void, isEgress: boolean) => ({
    rights: (input: { GroupId?: string | undefined; TagSpecifications?: sdk.TagSpecification[] | undefined }) => [
      ...network.securityGroups.rightsOn(action, [input.GroupId]),
      ...tagAtCreation(action, "security-group-rule", tagsFor("security-group-rule", input.TagSpecifications)),
    ],
    run: (input: { GroupId?: string | undefined; IpPermissions?: sdk.IpPermission[] | undefined }) => {
      act(network.securityGroups.the(input.GroupId), rulesOf(network, input.IpPermissions, isEgress));
      return { Return: true };
    },
  });
  return {
    CreateSecurityGroup: {
      rights: (input) =>
        toCreate("CreateSecurityGroup", "security-group", {
          tags: tagsFor("security-group", input.TagSpecifications),
          within: [input.VpcId && `vpc/${input.VpcId}`],
        }),
      run: (input) => {
        const group = createGroup(network, input);
        return { GroupId: group.id, SecurityGroupArn: arn("ec2", `security-group/${group.id}`), Tags: tagList(group.tags) };
      },
    },
    AuthorizeSecurityGroupIngress: change("AuthorizeSecurityGroupIngress", authorize, false),
    AuthorizeSecurityGroupEgress: change("AuthorizeSecurityGroupEgress", authorize, true),
    RevokeSecurityGroupIngress: change("RevokeSecurityGroupIngress", revoke, false),
    RevokeSecurityGroupEgress: change("RevokeSecurityGroupEgress", revoke, true),
    DescribeSecurityGroups: {
      run: (input) => {
        const { items, nextToken } = network.securityGroups.describe({
          ids: input.GroupIds,
          filters: input.Filters,
          maxResults: input.MaxResults,
          token: input.NextToken,
        });
        return { SecurityGroups: items.map(groupShape), NextToken: nextToken };
      },
    },
  };
};

function createGroup(network: Network, input: sdk.CreateSecurityGroupRequest): SecurityGroup {
  const { GroupName: name = "", Description: description = "" } = input;
  if (input.VpcId === undefined) throw new AwsError("VPCIdNotSpecified", "No default VPC for this user");
  const vpc = network.vpcs.the(input.VpcId);
  if (description === "") throw new AwsError("MissingParameter", "The request must contain the parameter GroupDescription");
  if (name.startsWith("sg-")) throw new AwsError("InvalidParameterValue", `Value (${name}) for parameter groupName is invalid. Invalid group name.`);
  if (network.securityGroups.all().some((other) => other.vpcId === vpc.id && other.name === name))
    throw new AwsError("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpc.id}'`);
  return newSecurityGroup(network, { name, description, vpcId: vpc.id, tags: tagsFor("security-group", input.TagSpecifications) });
}

/** A new group lets everything out and nothing in. Source: VPC user guide, "Security group basics". */
export function newSecurityGroup({ securityGroups }: Network, made: Omit<SecurityGroup, "id" | "rules">): SecurityGroup {
  const everything: SecurityRule = { isEgress: true, protocol: "-1", from: -1, to: -1, peer: "cidr:0.0.0.0/0" };
  return securityGroups.add({ ...made, id: securityGroups.newId(), rules: [everything] });
}

function authorize(group: SecurityGroup, rules: SecurityRule[]): void {
  const known = rules.find((rule) => group.rules.some((other) => sameRule(rule, other)));
  if (known) throw new AwsError("InvalidPermission.Duplicate", `the specified rule "${wordsOf(known)}" already exists`);
  for (const isEgress of [true, false])
    if ([...group.rules, ...rules].filter((rule) => rule.isEgress === isEgress).length > MOST_RULES)
      throw new AwsError("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.");
  group.rules.push(...rules);
}

const wordsOf = ({ peer, protocol, from, to }: SecurityRule): string =>
  `peer: ${peer.slice(peer.indexOf(":") + 1)}, ${protocol === "-1" ? "ALL" : protocol.toUpperCase()}, from port: ${from}, to port: ${to}, ALLOW`;

function revoke(group: SecurityGroup, rules: SecurityRule[]): void {
  if (rules.some((rule) => !group.rules.some((other) => sameRule(rule, other))))
    throw new AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
  group.rules = group.rules.filter((other) => !rules.some((rule) => sameRule(rule, other)));
}

const groupShape = (group: SecurityGroup): sdk.SecurityGroup => ({
  GroupId: group.id,
  GroupName: group.name,
  Description: group.description,
  VpcId: group.vpcId,
  OwnerId: ACCOUNT_ID,
  IpPermissions: permissionsOf(group.rules.filter(({ isEgress }) => !isEgress)),
  IpPermissionsEgress: permissionsOf(group.rules.filter(({ isEgress }) => isEgress)),
  Tags: tagList(group.tags),
});
