import { ACCOUNT_ID, type Account, arn } from "../account/account.ts";
import type { Right } from "../account/operation.ts";
import type { InstanceIdentity } from "./node-aws.ts";
import { roleOf, sessionArn } from "./node-session.ts";

/**
 * What the agent calls before commands get through. With how little it makes do is nowhere said, so it needs all that AWS's own policy
 * grants it for commands. Source: AWS managed policy reference, "AmazonSSMManagedInstanceCore".
 */
const CHANNELS = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"].map((name) => `ssmmessages:${name}`);

/** Whether an agent that starts now becomes known to Systems Manager: by the rights of its instance's role. */
export function mayRegister(account: Account, { instanceId, instanceProfile }: InstanceIdentity): boolean {
  const role = roleOf(account, instanceProfile);
  if (!role) return false;
  const session = { arn: sessionArn(role.name, instanceId), accessKeyId: "", secretAccessKey: "", policy: role.policy };
  const rights: Right[] = [
    ...CHANNELS.map((action) => ({ action, resources: ["*"] })),
    { action: "ssm:UpdateInstanceInformation", resources: [arn("ec2", `instance/${instanceId}`, { account: ACCOUNT_ID })] },
  ];
  return rights.every((right) => account.authorize(session, right).allowed);
}
