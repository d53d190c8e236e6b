import type * as module from "@aws-sdk/client-kms";
import { ACCOUNT_ID, type Account } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { requestTagKeys } from "../../iam/tagging.ts";
import { defaultKeyPolicy, keyRight, readKeyPolicy } from "./key-policy.ts";
import { onKeyOf } from "./on-key.ts";
import { aliasArn, findKey, type Key, type KmsState, keyArn, newKey, requireNotPending } from "./state.ts";

/** A new key has no policy yet, and no id: its tags are checked on any key. Source: KMS developer guide, "Controlling access to tags". */
function createRights({ Tags = [] }: module.CreateKeyRequest): Right[] {
  const context = requestTagKeys(Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue })));
  const create = { action: "kms:CreateKey", resources: ["*"], context };
  return Tags.length === 0 ? [create] : [create, { action: "kms:TagResource", resources: [keyArn("*")], context }];
}

/** Keys themselves: create, name, look at, govern. */
export function keyOperations(account: Account, state: KmsState): Operations<typeof module> {
  const onKey = onKeyOf(state);
  return {
    CreateKey: {
      rights: createRights,
      run: (input, { principal }) => ({ KeyMetadata: metadata(createKey(account, state, { input, by: principal })) }),
    },
    CreateAlias: {
      rights: ({ AliasName = "", TargetKeyId }, { principal }) => [
        { action: "kms:CreateAlias", resources: [aliasArn(AliasName)] },
        keyRight(findKey(state, TargetKeyId), { action: "kms:CreateAlias", by: principal }),
      ],
      run: (input) => createAlias(state, input),
    },
    DescribeKey: onKey("DescribeKey", (key) => ({ KeyMetadata: metadata(key) })),
    GetKeyPolicy: onKey("GetKeyPolicy", (key, { PolicyName = "default" }: module.GetKeyPolicyRequest) => {
      if (PolicyName !== "default") throw new AwsError("NotFoundException", "No such policy exists");
      return { Policy: key.policyText, PolicyName };
    }),
    PutKeyPolicy: onKey("PutKeyPolicy", (key, { Policy = "", BypassPolicyLockoutSafetyCheck }: module.PutKeyPolicyRequest, { principal }) => {
      const policy = readKeyPolicy(Policy);
      if (!BypassPolicyLockoutSafetyCheck) requireNoLockout(account, { ...key, policy }, principal);
      key.policy = policy;
      key.policyText = Policy;
      return {};
    }),
  };
}

function createKey(account: Account, state: KmsState, { input, by }: { input: module.CreateKeyRequest; by: Principal }): Key {
  const { KeySpec = "SYMMETRIC_DEFAULT", KeyUsage = "ENCRYPT_DECRYPT", Origin = "AWS_KMS", MultiRegion = false, Description = "" } = input;
  if (KeySpec !== "SYMMETRIC_DEFAULT" || KeyUsage !== "ENCRYPT_DECRYPT" || Origin !== "AWS_KMS" || MultiRegion)
    throw new AwsError("UnknownOperationException", "the simulated account models symmetric keys of one region with material from KMS only", 501);
  const policyText = input.Policy ?? defaultKeyPolicy();
  const tags = Object.fromEntries((input.Tags ?? []).map(({ TagKey = "", TagValue = "" }) => [TagKey, TagValue]));
  const key = newKey({ manager: "CUSTOMER", description: Description, tags, policyText, policy: readKeyPolicy(policyText) });
  if (!input.BypassPolicyLockoutSafetyCheck) requireNoLockout(account, key, by);
  state.keys.set(key.id, key);
  return key;
}

/** KMS refuses a policy under which its author could not change it again (developer guide, "Default key policy"). */
function requireNoLockout(account: Account, key: Key, by: Principal): void {
  if (account.authorize(by, keyRight(key, { action: "kms:PutKeyPolicy", by })).allowed) return;
  throw new AwsError("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.");
}

function createAlias(state: KmsState, { AliasName = "", TargetKeyId }: module.CreateAliasRequest): Record<string, never> {
  const key = findKey(state, TargetKeyId);
  requireNotPending(key);
  if (!/^alias\/[\w/-]{1,250}$/.test(AliasName)) throw new AwsError("InvalidAliasNameException", `Alias name ${AliasName} is not valid.`);
  if (AliasName.startsWith("alias/aws/")) throw new AwsError("NotAuthorizedException", "");
  if (state.aliases.has(AliasName)) throw new AwsError("AlreadyExistsException", `An alias with the name ${aliasArn(AliasName)} already exists`);
  state.aliases.set(AliasName, key.id);
  return {};
}

const metadata = ({ id, arn, manager, description, state, created, deletionAt }: Key): module.KeyMetadata => ({
  AWSAccountId: ACCOUNT_ID,
  KeyId: id,
  Arn: arn,
  CreationDate: created,
  Enabled: state === "Enabled",
  Description: description,
  KeyUsage: "ENCRYPT_DECRYPT",
  KeyState: state,
  Origin: "AWS_KMS",
  KeyManager: manager,
  CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
  KeySpec: "SYMMETRIC_DEFAULT",
  EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
  MultiRegion: false,
  ...(deletionAt && { DeletionDate: deletionAt }),
});
