import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListGrantsCommand,
  PutKeyPolicyCommand,
  RetireGrantCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import type { ResourceStatement } from "@steward/core/topology/policy";
import { ACCOUNT_ID, Account } from "@steward/simulator/account/account";
import { AwsError } from "@steward/simulator/account/operation";
import { type Principal, serviceItself } from "@steward/simulator/account/principal";
import { installRights, type Rights } from "@steward/simulator/iam/rights";
import { rightProblems } from "@steward/simulator/iam/validate";
import { addKms } from "@steward/simulator/services/kms/kms";
import { advance, drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";
import { allow, aRole, refusal, roleArn, settingsOf } from "./a-caller.ts";

const ROOT = `arn:aws:iam::${ACCOUNT_ID}:root`;
const text = Buffer.from("the key of keys");

let account: Account;
let rights: Rights;
let admin: Principal;
let kms: KMSClient;

beforeEach(() => {
  resetWorld(11);
  account = new Account();
  rights = installRights(account);
  addKms(account);
  admin = aRole(account, "admin", allow("*"));
  kms = new KMSClient(settingsOf(account, admin));
});

const as = (principal: Principal) => new KMSClient(settingsOf(account, principal));
const policy = (...Statement: Partial<ResourceStatement>[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: Statement.map((statement) => ({ Effect: "Allow", Action: "kms:*", Resource: "*", ...statement })),
  });
const delegating = { Principal: { AWS: [ROOT] } };
const key = async (Policy?: string): Promise<string> => {
  const { KeyMetadata } = await drive(() => kms.send(new CreateKeyCommand({ ...(Policy && { Policy }) })));
  return KeyMetadata?.KeyId ?? "";
};
const refused = (client: KMSClient, command: object) => refusal(() => client.send(command as Parameters<KMSClient["send"]>[0]));

describe("a key", () => {
  test("seals and opens under the same encryption context, and hides what it sealed", async () => {
    const KeyId = await key();
    const { CiphertextBlob } = await drive(() => kms.send(new EncryptCommand({ KeyId, Plaintext: text, EncryptionContext: { stage: "demo" } })));
    expect(Buffer.from(CiphertextBlob ?? []).toString()).not.toContain(text.toString("base64").slice(0, 8));
    const { Plaintext } = await drive(() => kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { stage: "demo" } })));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe("the key of keys");
    expect(await refused(kms, new DecryptCommand({ CiphertextBlob }))).toMatchObject({ name: "InvalidCiphertextException", status: 400 });
    expect(await refused(kms, new DecryptCommand({ CiphertextBlob: Buffer.from("no such thing") }))).toMatchObject({ name: "InvalidCiphertextException" });
  });

  test("makes data keys that open to the same bytes", async () => {
    const KeyId = await key();
    const made = await drive(() => kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" })));
    const opened = await drive(() => kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob })));
    expect(made.Plaintext?.length).toBe(32);
    expect(opened).toMatchObject({ Plaintext: made.Plaintext, KeyId: made.KeyId });
    expect(await refused(kms, new GenerateDataKeyCommand({ KeyId }))).toMatchObject({ name: "ValidationException" });
  });

  test("is found by id, ARN and alias", async () => {
    const KeyId = await key();
    await drive(() => kms.send(new CreateAliasCommand({ AliasName: "alias/vault", TargetKeyId: KeyId })));
    const { KeyMetadata } = await drive(() => kms.send(new DescribeKeyCommand({ KeyId: "alias/vault" })));
    expect(KeyMetadata).toMatchObject({ KeyId, KeyState: "Enabled", Enabled: true, KeyManager: "CUSTOMER", KeySpec: "SYMMETRIC_DEFAULT" });
    for (const name of [KeyMetadata?.Arn, `arn:aws:kms:us-east-1:${ACCOUNT_ID}:alias/vault`])
      expect((await drive(() => kms.send(new DescribeKeyCommand({ KeyId: name })))).KeyMetadata?.KeyId).toBe(KeyId);
  });

  test.each([
    [new DescribeKeyCommand({ KeyId: "1234abcd" }), "NotFoundException", `Key 'arn:aws:kms:us-east-1:${ACCOUNT_ID}:key/1234abcd' does not exist`, 404],
    [new DescribeKeyCommand({ KeyId: "alias/none" }), "NotFoundException", `Alias arn:aws:kms:us-east-1:${ACCOUNT_ID}:alias/none is not found.`, 404],
    [new CreateKeyCommand({ Policy: "{" }), "MalformedPolicyDocumentException", "Policy document is invalid: the policy is not valid JSON.", 400],
  ])("is refused where KMS refuses it: %#", async (command, name, message, status) => {
    expect(await refused(kms, command)).toEqual({ name, message, status });
  });

  test("has one alias of a name, and none of AWS's own", async () => {
    const TargetKeyId = await key();
    await drive(() => kms.send(new CreateAliasCommand({ AliasName: "alias/vault", TargetKeyId })));
    expect(await refused(kms, new CreateAliasCommand({ AliasName: "alias/vault", TargetKeyId }))).toMatchObject({ name: "AlreadyExistsException" });
    expect(await refused(kms, new CreateAliasCommand({ AliasName: "alias/aws/s3", TargetKeyId }))).toMatchObject({ name: "NotAuthorizedException" });
    expect(await refused(kms, new CreateAliasCommand({ AliasName: "vault", TargetKeyId }))).toMatchObject({ name: "InvalidAliasNameException" });
  });

  test("does nothing while it is disabled or about to be deleted, as the key state table says", async () => {
    const KeyId = await key();
    const arn = `arn:aws:kms:us-east-1:${ACCOUNT_ID}:key/${KeyId}`;
    await drive(() => kms.send(new DisableKeyCommand({ KeyId })));
    expect(await refused(kms, new EncryptCommand({ KeyId, Plaintext: text }))).toEqual({
      name: "DisabledException",
      message: `${arn} is disabled.`,
      status: 409,
    });
    await drive(() => kms.send(new EnableKeyCommand({ KeyId })));
    await drive(() => kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })));
    const pending = { name: "KMSInvalidStateException", message: `${arn} is pending deletion.`, status: 409 };
    for (const command of [new EncryptCommand({ KeyId, Plaintext: text }), new EnableKeyCommand({ KeyId }), new ScheduleKeyDeletionCommand({ KeyId })])
      expect(await refused(kms, command)).toEqual(pending);
  });

  test("comes back disabled from a deletion that is called off, and is gone after its waiting period", async () => {
    const KeyId = await key();
    expect(await refused(kms, new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 6 }))).toMatchObject({ name: "ValidationException" });
    expect(await refused(kms, new CancelKeyDeletionCommand({ KeyId }))).toMatchObject({ name: "KMSInvalidStateException" });
    await drive(() => kms.send(new ScheduleKeyDeletionCommand({ KeyId })));
    await drive(() => kms.send(new CancelKeyDeletionCommand({ KeyId })));
    expect((await drive(() => kms.send(new DescribeKeyCommand({ KeyId })))).KeyMetadata).toMatchObject({ KeyState: "Disabled", Enabled: false });
    await drive(() => kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })));
    await advance(7 * 86_400_000);
    expect(await refused(kms, new DescribeKeyCommand({ KeyId }))).toMatchObject({ name: "NotFoundException" });
  });

  test("rotates every 90 to 2560 days", async () => {
    const KeyId = await key();
    await drive(() => kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 })));
    expect(await refused(kms, new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 89 }))).toMatchObject({ name: "ValidationException" });
  });
});

describe("a key policy", () => {
  test("hands the decision to identity policies by default", async () => {
    const KeyId = await key();
    const [user, stranger] = [aRole(account, "user", allow("kms:Encrypt")), aRole(account, "stranger")];
    await drive(() => as(user).send(new EncryptCommand({ KeyId, Plaintext: text })));
    expect(await refused(as(stranger), new EncryptCommand({ KeyId, Plaintext: text }))).toMatchObject({
      name: "AccessDeniedException",
      status: 400,
      message: expect.stringContaining("because no identity-based policy allows the kms:Encrypt action"),
    });
  });

  test("must let in even those who may do everything by their own policy", async () => {
    const KeyId = await key(policy({ Principal: { AWS: [roleArn("admin")] } }));
    const other = aRole(account, "other", allow("*"));
    expect(await refused(as(other), new EncryptCommand({ KeyId, Plaintext: text }))).toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("because no resource-based policy allows the kms:Encrypt action"),
    });
  });

  test("lets in whom it names, without a policy of their own, and its deny wins", async () => {
    const named = { Principal: { AWS: [roleArn("node")] }, Action: ["kms:Encrypt"] };
    const KeyId = await key(policy(delegating, named));
    const node = aRole(account, "node");
    await drive(() => as(node).send(new EncryptCommand({ KeyId, Plaintext: text })));
    const Policy = policy(delegating, named, { Effect: "Deny", Principal: "*", Action: ["kms:Encrypt"] });
    await drive(() => kms.send(new PutKeyPolicyCommand({ KeyId, Policy })));
    expect((await drive(() => kms.send(new GetKeyPolicyCommand({ KeyId })))).Policy).toBe(Policy);
    for (const client of [kms, as(node)])
      expect(await refused(client, new EncryptCommand({ KeyId, Plaintext: text }))).toMatchObject({
        message: expect.stringContaining("explicit deny in a resource-based policy"),
      });
  });

  test("that would lock its author out is refused unless told otherwise", async () => {
    const Policy = policy({ Principal: { AWS: [roleArn("somebody")] } });
    const lockout = { name: "MalformedPolicyDocumentException", message: "The new key policy will not allow you to update the key policy in the future." };
    expect(await refused(kms, new CreateKeyCommand({ Policy }))).toMatchObject(lockout);
    const KeyId = await key();
    expect(await refused(kms, new PutKeyPolicyCommand({ KeyId, Policy }))).toMatchObject(lockout);
    await drive(() => kms.send(new PutKeyPolicyCommand({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })));
    expect(await refused(kms, new GetKeyPolicyCommand({ KeyId }))).toMatchObject({ name: "AccessDeniedException" });
  });

  test("alone judges services of AWS and their service-linked roles", async () => {
    const role = `arn:aws:iam::${ACCOUNT_ID}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
    const bool = { Bool: { "kms:GrantIsForAWSResource": "true" } };
    const events = { Principal: { Service: ["events.amazonaws.com"] }, Action: ["kms:GenerateDataKey*"] };
    const KeyId = await key(policy(delegating, { Principal: { AWS: [role] }, Action: ["kms:CreateGrant"], Condition: bool }, events));
    const use = (action: string, name: string, context = {}) => account.links.useKey({ key: KeyId, action, by: serviceItself(name), context });
    expect(use("kms:GenerateDataKey", "events.amazonaws.com")).toContain(KeyId);
    expect(use("kms:CreateGrant", role, { "kms:GrantIsForAWSResource": "true" })).toContain(KeyId);
    expect(() => use("kms:CreateGrant", role)).toThrow(AwsError);
    expect(() => use("kms:GenerateDataKey", "cloudwatch.amazonaws.com")).toThrow(/no resource-based policy allows/);
  });

  test("of a service's own key lets in callers through that service, and no service for itself", () => {
    const use = (via: string, by: Principal) => account.links.useKey({ key: "alias/aws/sns", action: "kms:GenerateDataKey", by, ...(via && { via }) });
    const caller = aRole(account, "caller");
    expect(use("sns", caller)).toMatch(/^arn:aws:kms:/);
    expect(() => use("s3", caller)).toThrow(AwsError);
    expect(() => use("", serviceItself("cloudwatch.amazonaws.com"))).toThrow(AwsError);
  });
});

describe("a grant", () => {
  const grant = async (KeyId: string, extra: Partial<ConstructorParameters<typeof CreateGrantCommand>[0]> = {}) =>
    drive(() => kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal: roleArn("node"), Operations: ["Encrypt", "RetireGrant"], ...extra })));

  test("lets its grantee in at once with its token, without it only after a while", async () => {
    const KeyId = await key();
    const node = as(aRole(account, "node"));
    const { GrantToken = "" } = await grant(KeyId);
    expect(await refused(node, new EncryptCommand({ KeyId, Plaintext: text }))).toMatchObject({ name: "AccessDeniedException" });
    await drive(() => node.send(new EncryptCommand({ KeyId, Plaintext: text, GrantTokens: [GrantToken] })));
    await advance(300_000);
    await drive(() => node.send(new EncryptCommand({ KeyId, Plaintext: text })));
  });

  test("is for its encryption context only", async () => {
    const KeyId = await key();
    const node = as(aRole(account, "node"));
    await grant(KeyId, { Constraints: { EncryptionContextSubset: { stage: "demo" } } });
    await advance(300_000);
    expect(await refused(node, new EncryptCommand({ KeyId, Plaintext: text }))).toMatchObject({ name: "AccessDeniedException" });
    await drive(() => node.send(new EncryptCommand({ KeyId, Plaintext: text, EncryptionContext: { stage: "demo", more: "yes" } })));
  });

  test("of the same name and content is made once, and listed", async () => {
    const KeyId = await key();
    const [first, second] = [await grant(KeyId, { Name: "volume" }), await grant(KeyId, { Name: "volume" })];
    expect(second.GrantId).toBe(first.GrantId);
    const { Grants } = await drive(() => kms.send(new ListGrantsCommand({ KeyId })));
    expect(Grants).toMatchObject([{ GrantId: first.GrantId, Name: "volume", GranteePrincipal: roleArn("node"), Operations: ["Encrypt", "RetireGrant"] }]);
  });

  test("is retired by whom it says, and by no policy", async () => {
    const KeyId = await key();
    const { GrantToken, GrantId } = await grant(KeyId);
    expect(await refused(kms, new RetireGrantCommand({ GrantToken }))).toMatchObject({ name: "AccessDeniedException" });
    await drive(() => as(aRole(account, "node")).send(new RetireGrantCommand({ GrantToken })));
    expect(await drive(() => kms.send(new ListGrantsCommand({ KeyId })))).toMatchObject({ Grants: [], Truncated: false });
    expect(await refused(kms, new RetireGrantCommand({ KeyId, GrantId }))).toMatchObject({ name: "NotFoundException" });
  });

  test("takes an enabled key", async () => {
    const KeyId = await key();
    await drive(() => kms.send(new DisableKeyCommand({ KeyId })));
    expect(await refused(kms, new CreateGrantCommand({ KeyId, GranteePrincipal: roleArn("node"), Operations: ["Encrypt"] }))).toMatchObject({
      name: "DisabledException",
    });
  });
});

test("every right that was asked for is one that AWS knows, with the key's policy beside it", async () => {
  const made = await drive(() => kms.send(new CreateKeyCommand({ Tags: [{ TagKey: "steward:stage", TagValue: "demo" }] })));
  const KeyId = made.KeyMetadata?.KeyId ?? "";
  await drive(() => kms.send(new EncryptCommand({ KeyId, Plaintext: text, EncryptionContext: { stage: "demo" } })));
  account.links.useKey({ key: KeyId, action: "kms:Decrypt", by: admin, via: "s3", context: { "aws:SourceArn": "arn:aws:s3:::b" } });
  expect(rights.decisions.flatMap(({ right }) => rightProblems(right))).toEqual([]);
  expect(rights.decisions.find(({ right }) => right.action === "kms:Encrypt")?.right.policy?.Statement).toHaveLength(1);
});
