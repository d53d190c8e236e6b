import type { Account } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";

/** What EBS does with a key on behalf of whoever makes a volume. Source: EBS user guide, "How Amazon EBS encryption works", permissions. */
const NEEDED = ["kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:CreateGrant", "kms:Decrypt"];

/** Whether a principal may use the customer key of a volume; AWS's own key lets everybody of the account in. */
export function admitsUser(account: Account, volume: { encrypted: boolean; keyId?: string | undefined }, by: Principal): boolean {
  const { encrypted, keyId } = volume;
  if (!encrypted || keyId === undefined || keyId.endsWith("alias/aws/ebs")) return true;
  return NEEDED.every((action) => admits(account, { keyId, action, by }));
}

function admits({ links }: Account, { keyId, action, by }: { keyId: string; action: string; by: Principal }): boolean {
  const context: Record<string, string> = action === "kms:CreateGrant" ? { "kms:GrantIsForAWSResource": "true" } : {};
  try {
    links.useKey({ key: keyId, action, by, via: "ec2", context });
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}
