import type * as Module from "@aws-sdk/client-rds";
import { type Account, arn } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { chance } from "../../world/chance.ts";

/** The password that RDS made up, and the secret that it keeps it in. */
export interface MasterSecret {
  password: string;
  arn: string;
  keyArn: string;
}

const SECRETS_OWN_KEY = "alias/aws/secretsmanager";

/** "RDS can use any printable ASCII character except /, ', ", @, or a space" (API reference, CreateDBInstance, MasterUserPassword); nobody promises less. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!#$%&()*+,-.:;<=>?[]^_{|}~";
const LENGTH = 32;

/**
 * Makes the password of the master user, in a secret that belongs to RDS: `rds!db-<uuid>` with user and password as JSON.
 * Sources: RDS user guide, "Password management with Amazon RDS and AWS Secrets Manager"; Secrets Manager user guide, "JSON structure of Amazon RDS secrets".
 */
export function makeMasterSecret(account: Account, input: Module.CreateDBInstanceMessage, by: Principal): MasterSecret | undefined {
  if (!input.ManageMasterUserPassword) return undefined;
  refuseMisfits(input);
  const kmsKeyId = input.MasterUserSecretKmsKeyId;
  const keyArn = usableKey(account, kmsKeyId, by);
  const password = Array.from({ length: LENGTH }, () => ALPHABET[Math.floor(chance() * ALPHABET.length)]).join("");
  const secret = {
    owner: "rds",
    name: `rds!db-${crypto.randomUUID()}`,
    value: JSON.stringify({ username: input.MasterUsername, password }),
    tags: { "aws:rds:primaryDBInstanceArn": arn("rds", `db:${input.DBInstanceIdentifier}`) },
    kmsKeyId,
  };
  return { password, arn: account.links.makeSecret(secret, by), keyArn };
}

function refuseMisfits({ MasterUserPassword, MasterUsername }: Module.CreateDBInstanceMessage): void {
  if (MasterUserPassword !== undefined)
    throw new AwsError("InvalidParameterCombination", "You can't specify MasterUserPassword when ManageMasterUserPassword is turned on.");
  if (!MasterUsername) throw new AwsError("InvalidParameterValue", "The parameter MasterUsername must be provided and must not be blank.");
}

/** What its creator must be let do with the secret's key, beside sealing and opening; RDS notices at once. */
function usableKey({ links }: Account, key = SECRETS_OWN_KEY, by: Principal): string {
  if (key === SECRETS_OWN_KEY) return links.useKey({ key, action: "kms:Decrypt", by, via: "secretsmanager" });
  try {
    links.useKey({ key, action: "kms:CreateGrant", by, via: "rds", context: { "kms:GrantIsForAWSResource": "true" } });
    return links.useKey({ key, action: "kms:DescribeKey", by, via: "rds" });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(
      "KMSKeyNotAccessibleFault",
      `The specified KMS key [${key}] does not exist, is not enabled or you do not have permissions to access it.`,
    );
  }
}
