import { scalingSuffix } from "@steward/core/topology/arns";
import type { PolicyDocument } from "@steward/core/topology/policy";
import { policyParts } from "@steward/core/topology/policy-parts";
import type { RoleSpec } from "@steward/core/topology/state-spec";
import type { Topology } from "@steward/core/topology/topology";
import { optionsOf } from "./options.ts";
import { filledJson, type Named } from "./placeholders.ts";

/** Auto Scaling's role for this stage alone; the key of the volumes names it, so it is made before anything else. */
export const deployScalingRole = ({ stage }: Topology): aws.iam.ServiceLinkedRole =>
  new aws.iam.ServiceLinkedRole(
    "ScalingRole",
    { awsServiceName: "autoscaling.amazonaws.com", customSuffix: scalingSuffix(stage), description: "Launches the nodes of this stage" },
    optionsOf("role"),
  );

/** Trust in one service of AWS and in nobody else. */
export const assumedBy = (service: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }] });

/** What nodes may do; answers the profile that carries it. */
export const deployNodeRole = ({ nodeRole }: Topology, named: Named): aws.iam.InstanceProfile => deployInstanceRole("Node", nodeRole, named);

/** What the machine of a restore drill may do, where there are drills; Steward launches it, so that no other thing of a deploy needs the profile. */
export function deployDrillRole({ drillRole }: Topology, named: Named): void {
  if (drillRole) deployInstanceRole("Drill", drillRole, named);
}

/** What a role may: its own policy, inline as far as IAM takes it and in managed policies beyond, and nothing that AWS manages. */
export function deployRights(logicalName: string, { name, policy }: { name: string; policy: PolicyDocument }, named: Named) {
  const { inline, managed } = policyParts(policy);
  const further = managed.map((part, index) => {
    const settings = { name: `${name}-${index + 2}`, policy: filledJson(part, named) };
    return new aws.iam.Policy(`${logicalName}Policy${index + 2}`, settings, optionsOf("role")).arn;
  });
  return { inlinePolicies: [{ name, policy: filledJson(inline, named) }], managedPolicyArns: further };
}

/** A role of instances. */
export function deployInstanceRole(logicalName: string, spec: RoleSpec, named: Named): aws.iam.InstanceProfile {
  const role = new aws.iam.Role(
    `${logicalName}Role`,
    {
      name: spec.name,
      assumeRolePolicy: assumedBy(spec.service),
      ...deployRights(logicalName, spec, named),
    },
    optionsOf("role"),
  );
  return new aws.iam.InstanceProfile(`${logicalName}Profile`, { name: spec.instanceProfile, role: role.name }, optionsOf("role"));
}
