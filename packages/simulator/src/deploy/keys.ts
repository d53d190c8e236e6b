import type { KeySpec } from "@steward/core/topology/state-spec";
import type { Api } from "./api.ts";
import type { Named } from "./named.ts";
import { given } from "./wait.ts";

/** The customer-managed keys, first of all: everything that is encrypted names one. */
export async function deployKeys(api: Api, keys: KeySpec[], Tags: Record<string, string>): Promise<Named> {
  const named: Record<string, string> = {};
  for (const { id, alias, description, policy, rotation } of keys) {
    const tags = Object.entries(Tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
    const { KeyMetadata } = await api("kms", "CreateKey", { Description: description, Policy: JSON.stringify(policy), Tags: tags });
    const TargetKeyId = given(KeyMetadata?.KeyId, "the key's id");
    await api("kms", "CreateAlias", { AliasName: alias, TargetKeyId });
    if (rotation) await api("kms", "EnableKeyRotation", { KeyId: TargetKeyId });
    named[`key:${id}`] = given(KeyMetadata?.Arn, "the key's ARN");
  }
  return named;
}
