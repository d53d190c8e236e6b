import type { Topology } from "@steward/core/topology/topology";
import type { Keys } from "./keys.ts";
import { optionsOf } from "./options.ts";

/** Empty places in the vault: what is in them never passes through a deploy, so none of them has a version here. */
export function deploySecrets({ secrets }: Topology, keys: Keys): void {
  for (const { id, name, description, key, recoveryDays } of secrets) {
    new aws.secretsmanager.Secret(`Secret-${id}`, { name, description, kmsKeyId: keys.arn(key), recoveryWindowInDays: recoveryDays }, optionsOf("secret"));
  }
}
