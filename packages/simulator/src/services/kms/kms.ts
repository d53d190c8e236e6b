import * as module from "@aws-sdk/client-kms";
import type { Account, KeyUse } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import { cryptoOperations } from "./crypto-operations.ts";
import { grantOperations } from "./grant-operations.ts";
import { keyOperations } from "./key-operations.ts";
import { keyRight, managedKeyPolicy, readKeyPolicy } from "./key-policy.ts";
import { lifeOperations } from "./life-operations.ts";
import { findKey, type Key, type KmsState, newKey, requireEnabled } from "./state.ts";

/** KMS of the account: symmetric keys, their policies and grants. */
export interface Kms {
  /** The key behind an id, ARN or alias. */
  key: (given: string) => Key;
}

/** Adds KMS; other services use keys through `links.useKey`. */
export function addKms(account: Account): Kms {
  const state: KmsState = { keys: new Map(), aliases: new Map() };
  const operations: Operations<typeof module> = {
    ...keyOperations(account, state),
    ...lifeOperations(state),
    ...cryptoOperations(state),
    ...grantOperations(state),
  };
  account.add({ id: "kms", iamPrefix: "kms", module, protocol: "json1_1", operations });
  account.links.useKey = (use) => useKey(account, state, use);
  return { key: (given) => findKey(state, given) };
}

function useKey(account: Account, state: KmsState, { key: given, by, ...use }: KeyUse): string {
  makeManaged(state, given);
  const key = findKey(state, given);
  account.check(by, keyRight(key, { by, ...use }));
  requireEnabled(key);
  return key.arn;
}

/** AWS makes a service's own key (`alias/aws/s3`) when the service first needs it. */
function makeManaged(state: KmsState, given: string): void {
  const [, alias = "", service = ""] = /(?:^|:)(alias\/aws\/(\w+))$/.exec(given) ?? [];
  if (alias === "" || state.aliases.has(alias)) return;
  const policyText = managedKeyPolicy(service);
  const key = newKey({ manager: "AWS", description: `Default key of ${service}`, tags: {}, policyText, policy: readKeyPolicy(policyText) });
  state.keys.set(key.id, key);
  state.aliases.set(alias, key.id);
}
