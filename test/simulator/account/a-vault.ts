import type { SecretId } from "@steward/core/desired/vault";
import { names } from "@steward/core/topology/names";
import { Account } from "@steward/simulator/account/account";
import { apiOf } from "@steward/simulator/deploy/api";
import { addDeployer, addOperator } from "@steward/simulator/deploy/people";
import { installRights } from "@steward/simulator/iam/rights";
import { addKms } from "@steward/simulator/services/kms/kms";
import { addSecretsManager } from "@steward/simulator/services/secrets-manager/secrets-manager";
import { addSts } from "@steward/simulator/services/sts/sts";
import { resetWorld } from "@steward/simulator/world/install";

/** A new world with the places of a vault in its account, as a deploy leaves them: empty, and sealed with a key of their own. Runs inside `drive`. */
export async function emptyVault(seed: number, stage: string, places: readonly SecretId[]) {
  resetWorld(seed);
  const account = new Account();
  const rights = installRights(account);
  addKms(account);
  const { secrets } = addSecretsManager(account);
  addSts(account);
  const operator = addOperator(account);
  const deployer = apiOf(account, addDeployer(account));
  const { KeyMetadata } = await deployer("kms", "CreateKey", {});
  const KmsKeyId = KeyMetadata?.Arn ?? "";
  for (const id of places) await deployer("secretsmanager", "CreateSecret", { Name: names(stage).secret(id), KmsKeyId });
  return { account, rights, secrets, operator, api: apiOf(account, operator), kmsKeyId: KmsKeyId };
}

export type EmptyVault = Awaited<ReturnType<typeof emptyVault>>;
