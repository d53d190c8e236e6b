import type * as Module from "@aws-sdk/client-rds";
import type { Account } from "../../account/account.ts";
import { AwsError, type Call } from "../../account/operation.ts";
import { type DatabaseGroups, parameterGroup, subnetGroup } from "./groups.ts";

type Wish = Module.CreateDBInstanceCommandInput;

/** Source: RDS user guide, "Using SSL/TLS to encrypt a connection to a DB instance": the authorities of today. */
const AUTHORITIES = ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];

/** Refuses a database whose parts don't exist or don't fit together, as CreateDBInstance does. */
export function checkWish(groups: DatabaseGroups, wish: Wish): void {
  checkStorage(wish);
  const { CACertificateIdentifier: authority, DBParameterGroupName, DBSubnetGroupName, EngineVersion = "" } = wish;
  if (authority !== undefined && !AUTHORITIES.includes(authority)) throw new AwsError("CertificateNotFound", `Certificate not found: ${authority}`, 404);
  if (DBSubnetGroupName !== undefined) subnetGroup(groups, DBSubnetGroupName);
  if (DBParameterGroupName === undefined) return;
  const { name, family } = parameterGroup(groups, DBParameterGroupName);
  const wanted = `postgres${EngineVersion.split(".")[0]}`;
  if (EngineVersion !== "" && family !== wanted)
    throw new AwsError(
      "InvalidParameterCombination",
      `The Parameter Group ${name} with DBParameterGroupFamily ${family} can't be used for this instance. Please use a Parameter Group with DBParameterGroupFamily ${wanted}`,
    );
}

function checkStorage({ AllocatedStorage, MaxAllocatedStorage, KmsKeyId, StorageEncrypted }: Wish): void {
  if (AllocatedStorage === undefined || AllocatedStorage < 20)
    throw new AwsError("InvalidParameterValue", `Invalid storage size for engine name postgres and storage type gp2: ${AllocatedStorage}`);
  if (MaxAllocatedStorage !== undefined && MaxAllocatedStorage <= AllocatedStorage)
    throw new AwsError("InvalidParameterCombination", "Max storage size must be greater than storage size");
  if (KmsKeyId !== undefined && !StorageEncrypted)
    throw new AwsError("InvalidParameterCombination", "KmsKeyId should be passed in only when storage encryption is enabled");
}

/** What RDS does with a customer key on behalf of whoever makes the database. Source: RDS user guide, "Encrypting Amazon RDS resources", key management. */
const KEY_USES = ["kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext"];

/** Refuses a key that the caller may not use; RDS notices at once. */
export function checkKey({ links }: Account, { KmsKeyId: key }: Wish, { principal: by }: Call): void {
  if (key === undefined || key.endsWith("alias/aws/rds")) return;
  try {
    for (const action of KEY_USES)
      links.useKey({ key, action, by, via: "rds", ...(action === "kms:CreateGrant" && { context: { "kms:GrantIsForAWSResource": "true" } }) });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(
      "KMSKeyNotAccessibleFault",
      `The specified KMS key [${key}] does not exist, is not enabled or you do not have permissions to access it.`,
    );
  }
}
