import type { StageSettings } from "../settings/schema.ts";
import { type Arns, bucketName } from "./arns.ts";
import { systemsManagerAgent } from "./node-role.ts";
import { allow, policy } from "./policy.ts";
import type { RoleSpec } from "./state-spec.ts";

interface Subject {
  name: string;
  stage: string;
  a: Arns;
}

/**
 * What an instance that builds or tests may: what AWS's `EC2InstanceProfileForImageBuilder` lets it, held to this stage, what Systems
 * Manager's agent needs, and the node's program. Sources: Image Builder user guide, "Use AWS managed policies for EC2 Image Builder";
 * Systems Manager user guide, "Reference: ec2messages, ssmmessages, and other API operations".
 */
export function imageBuilderRole({ account, region }: StageSettings, { name, stage, a }: Subject): RoleSpec {
  const own = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  const bucket = `arn:aws:s3:::${bucketName(stage, account, "state")}`;
  return {
    name,
    instanceProfile: name,
    service: "ec2.amazonaws.com",
    policy: policy(
      systemsManagerAgent,
      allow(["imagebuilder:GetComponent"], [own("imagebuilder", `component/steward-${stage}-node-*`)]),
      allow(["s3:GetObject"], ["arn:aws:s3:::ec2imagebuilder*"]),
      allow(["logs:CreateLogStream", "logs:PutLogEvents"], [own("logs", `log-group:/aws/imagebuilder/steward-${stage}-node:*`)]),
      allow(["s3:GetObject"], [`${bucket}/image/*`], { StringEquals: { "aws:ResourceAccount": account } }),
      allow(["kms:Decrypt"], [a.key("data")], { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } }),
    ),
  };
}
