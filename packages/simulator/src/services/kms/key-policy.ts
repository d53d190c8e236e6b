import type { Condition, ResourcePolicy, ResourceStatement } from "@steward/core/topology/policy";
import { ACCOUNT_ID, REGION } from "../../account/account.ts";
import { AwsError, type Right } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { MalformedPolicy, parseResourcePolicy } from "../../iam/parse-policy.ts";
import type { Grant, Key } from "./state.ts";

/** Who uses a key and how, as far as policies can look at it. */
export interface Use {
  action: string;
  by: Principal;
  /** Service through which a caller uses it, for example `s3`. */
  via?: string;
  encryptionContext?: Record<string, string>;
  context?: Right["context"];
  grantTokens?: string[];
}

/** The right that one use of a key takes: its policy and its grants must admit it. */
export function keyRight(key: Key, { action, by, via, encryptionContext = {}, context = {}, grantTokens = [] }: Use): Right {
  const entries = Object.entries(encryptionContext).map(([name, value]) => [`kms:EncryptionContext:${name}`, value] as const);
  return {
    action,
    resources: [key.arn],
    context: {
      ...(by.arn.startsWith("arn:") && { "kms:CallerAccount": ACCOUNT_ID }),
      ...Object.fromEntries(Object.entries(key.tags).map(([name, value]) => [`aws:ResourceTag/${name}`, value])),
      ...(via && { "kms:ViaService": `${via}.${REGION}.amazonaws.com` }),
      ...Object.fromEntries(entries),
      ...(entries.length > 0 && { "kms:EncryptionContextKeys": Object.keys(encryptionContext) }),
      ...context,
    },
    policy: { ...key.policy, Statement: [...key.policy.Statement, ...grantStatements(key, grantTokens)] },
  };
}

/** "A policy alone cannot allow access to this operation": only the grant says who may retire it (developer guide, "AWS KMS permissions"). */
export function retireRight(key: Key, grant: Grant, by: Principal): Right {
  const retirers = [grant.retiring, grant.operations.includes("RetireGrant") ? grant.grantee : undefined].filter((arn) => arn !== undefined);
  const policy: ResourcePolicy = { Version: "2012-10-17", Statement: retirers.map((arn) => statement(arn, ["kms:RetireGrant"])) };
  return { ...keyRight(key, { action: "kms:RetireGrant", by }), policy };
}

/** A grant allows like a statement that names its grantee; a new one counts at once only with its token. */
function grantStatements({ grants }: Key, tokens: string[]): ResourceStatement[] {
  const now = new Date();
  return grants
    .filter((grant) => grant.effectiveAt <= now || tokens.includes(grant.token))
    .map((grant) =>
      statement(
        grant.grantee,
        grant.operations.map((operation) => `kms:${operation}`),
        constraint(grant),
      ),
    );
}

const statement = (grantee: string, Action: string[], Condition?: Condition): ResourceStatement => ({
  Effect: "Allow",
  Principal: grantee.startsWith("arn:") ? { AWS: [grantee] } : { Service: [grantee] },
  Action,
  Resource: ["*"],
  ...(Condition && { Condition }),
});

function constraint({ constraints }: Grant): Condition | undefined {
  const pairs = Object.entries(constraints?.EncryptionContextSubset ?? constraints?.EncryptionContextEquals ?? {});
  if (pairs.length === 0) return undefined;
  const exact = constraints?.EncryptionContextEquals && { "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": pairs.map(([name]) => name) } };
  return { StringEquals: Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])), ...exact };
}

/** 32 KB, "Key policy document size" (developer guide, "Resource quotas"). */
const LARGEST_POLICY = 32_768;

/** Reads a key policy; worded as KMS refuses one. */
export function readKeyPolicy(text: string): ResourcePolicy {
  if (text.length > LARGEST_POLICY) throw new AwsError("LimitExceededException", "The key policy is larger than 32768 bytes.");
  try {
    return parseResourcePolicy(text);
  } catch (cause) {
    if (!(cause instanceof MalformedPolicy)) throw cause;
    throw Object.assign(new AwsError("MalformedPolicyDocumentException", `Policy document is invalid: ${cause.message}.`), { cause });
  }
}

/** "Gives the AWS account that owns the KMS key full access" by way of its IAM policies (developer guide, "Default key policy"). */
export const defaultKeyPolicy = (): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [{ Sid: "Enable IAM User Permissions", Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` }, Action: "kms:*", Resource: "*" }],
  });

/** Policy of an AWS managed key: anybody in the account, through its service only; no service for itself (user guides of the services). */
export const managedKeyPolicy = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: `auto-${service}-1`,
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"],
        Resource: "*",
        Condition: { StringEquals: { "kms:CallerAccount": ACCOUNT_ID, "kms:ViaService": `${service}.${REGION}.amazonaws.com` } },
      },
      { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` }, Action: ["kms:Describe*", "kms:Get*", "kms:List*"], Resource: "*" },
    ],
  });
