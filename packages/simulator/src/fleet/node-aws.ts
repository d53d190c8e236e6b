import type { NodeSettings } from "@steward/core/fleet/node-settings";
import type { Aws } from "@steward/node/host";
import { realAws } from "@steward/node/real-aws";
import type { Account } from "../account/account.ts";
import { sdkHandler } from "../account/handler.ts";
import { nodeSession } from "./node-session.ts";

/** A computer as AWS knows it. */
export interface InstanceIdentity {
  instanceId: string;
  instanceProfile?: string | undefined;
}

/** The node program's own AWS, its unmodified SDK clients included, with the rights of the role that the instance has. */
export function nodeAws(account: Account, { instanceId, instanceProfile }: InstanceIdentity): (settings: NodeSettings) => Aws {
  const requestHandler = sdkHandler(account);
  return (settings) =>
    realAws(settings, { credentials: credentialsOf(account, instanceId, instanceProfile), requestHandler, metadata: metadataOf(account, instanceId) });
}

/** Read when the first call is signed, as from instance metadata. */
const credentialsOf = (account: Account, instanceId: string, profile: string | undefined) => async () => {
  const session = nodeSession(account, instanceId, profile);
  if (session) return { accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey };
  throw Object.assign(new Error("instance metadata names no role"), { name: "CredentialsProviderError" });
};

const metadataOf = (account: Account, instanceId: string) => async (item: string) => {
  if (item === "autoscaling/target-lifecycle-state") return account.links.lifecycleTarget(instanceId);
  throw new Error(`the simulated account has no instance metadata ${item}`);
};
