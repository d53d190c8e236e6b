import { ignoredOf } from "@steward/core/topology/ownership";
import type { Topology } from "@steward/core/topology/topology";
import type { Keys } from "./keys.ts";
import { optionsOf } from "./options.ts";

/** Empty places in the vault: what is in them never passes through a deploy, so none of them has a version here. Whoever fills one writes its fingerprint into its tags, which no deploy takes off again. */
export function deploySecrets({ secrets }: Topology, keys: Keys): void {
  for (const { id, name, description, key, recoveryDays } of secrets) {
    const settings = { name, description, kmsKeyId: keys.arn(key), recoveryWindowInDays: recoveryDays, tags: { Name: name } };
    new aws.secretsmanager.Secret(`Secret-${id}`, settings, { ...optionsOf("secret"), ignoreChanges: ignoredOf("secret") });
  }
}
