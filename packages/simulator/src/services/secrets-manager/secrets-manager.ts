import * as module from "@aws-sdk/client-secrets-manager";
import type { Account } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import { makeOwned } from "./owned.ts";
import { secretOperations } from "./secret-operations.ts";
import type { Secret, Secrets } from "./state.ts";
import { tagOperations } from "./tag-operations.ts";
import { valueOperations } from "./value-operations.ts";

/** Secrets Manager of the account; the values in it are sealed. */
export interface SecretsManager {
  secrets: ReadonlyMap<string, Secret>;
}

/** Adds Secrets Manager. */
export function addSecretsManager(account: Account): SecretsManager {
  const secrets: Secrets = new Map();
  const operations: Operations<typeof module> = { ...secretOperations(account, secrets), ...valueOperations(account, secrets), ...tagOperations(secrets) };
  account.add({ id: "secretsmanager", iamPrefix: "secretsmanager", module, protocol: "json1_1", operations });
  account.links.makeSecret = (secret, by) => makeOwned(account, secrets, { secret, by });
  return { secrets };
}
