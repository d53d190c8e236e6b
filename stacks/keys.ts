import type { KeyId } from "@steward/core/topology/state-spec";
import type { Topology } from "@steward/core/topology/topology";
import { byId } from "./by-id.ts";
import { optionsOf } from "./options.ts";
import type { Named } from "./placeholders.ts";

export interface Keys {
  arn: (id: KeyId) => $util.Output<string>;
  named: Named;
}

/** The stage's own KMS keys. AWS refuses a key policy that names a role which does not exist yet, so Auto Scaling's role comes first. */
export function deployKeys({ keys }: Topology, scalingRole: $util.Resource): Keys {
  const arn = byId(keys, ({ id, alias, description, rotation, deletionDays, policy }) => {
    const settings = { description, enableKeyRotation: rotation, deletionWindowInDays: deletionDays, policy: JSON.stringify(policy) };
    const key = new aws.kms.Key(`Key-${id}`, settings, { ...optionsOf("key"), dependsOn: scalingRole });
    new aws.kms.Alias(`KeyAlias-${id}`, { name: alias, targetKeyId: key.keyId }, optionsOf("key"));
    return key.arn;
  });
  return { arn, named: Object.fromEntries(keys.map(({ id }) => [`key:${id}`, arn(id)])) };
}
