import { scalingSuffix } from "@steward/core/topology/arns";
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

/** What nodes may do: one policy of their own, nothing that AWS manages; answers the profile that carries it. */
export function deployNodeRole({ nodeRole }: Topology, named: Named): aws.iam.InstanceProfile {
  const role = new aws.iam.Role(
    "NodeRole",
    {
      name: nodeRole.name,
      assumeRolePolicy: assumedBy(nodeRole.service),
      inlinePolicies: [{ name: nodeRole.name, policy: filledJson(nodeRole.policy, named) }],
      managedPolicyArns: [],
    },
    optionsOf("role"),
  );
  return new aws.iam.InstanceProfile("NodeProfile", { name: nodeRole.instanceProfile, role: role.name }, optionsOf("role"));
}
