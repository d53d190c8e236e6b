import { scalingSuffix } from "@steward/core/topology/arns";
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

/** A role of instances: one policy of its own, nothing that AWS manages. */
export function deployInstanceRole(logicalName: string, spec: RoleSpec, named: Named): aws.iam.InstanceProfile {
  const role = new aws.iam.Role(
    `${logicalName}Role`,
    {
      name: spec.name,
      assumeRolePolicy: assumedBy(spec.service),
      inlinePolicies: [{ name: spec.name, policy: filledJson(spec.policy, named) }],
      managedPolicyArns: [],
    },
    optionsOf("role"),
  );
  return new aws.iam.InstanceProfile(`${logicalName}Profile`, { name: spec.instanceProfile, role: role.name }, optionsOf("role"));
}
