import { inspect } from "node:util";
import { CreateKeyCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { Account } from "@steward/simulator/account/account";
import type { Principal } from "@steward/simulator/account/principal";
import { installRights, type Rights } from "@steward/simulator/iam/rights";
import { rightProblems } from "@steward/simulator/iam/validate";
import { addKms } from "@steward/simulator/services/kms/kms";
import { addSecretsManager } from "@steward/simulator/services/secrets-manager/secrets-manager";
import { advance, drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";
import { allow, aRole, refusal, settingsOf } from "./a-caller.ts";

const SecretId = "steward/demo/license";
const VALUE = "top-secret-value-7d1";
const token = (letter: string): string => letter.repeat(32);

let account: Account;
let rights: Rights;
let admin: Principal;
let client: SecretsManagerClient;

beforeEach(() => {
  resetWorld(13);
  account = new Account();
  rights = installRights(account);
  addKms(account);
  addSecretsManager(account);
  admin = aRole(account, "admin", allow("*"));
  client = as(admin);
});

const as = (principal: Principal) => new SecretsManagerClient(settingsOf(account, principal));
const refused = (command: object, by = client) => refusal(() => by.send(command as Parameters<SecretsManagerClient["send"]>[0]));
const create = (more: Partial<CreateSecretCommandInput> = { SecretString: VALUE }) =>
  drive(() => client.send(new CreateSecretCommand({ Name: SecretId, ...more })));
const put = (SecretString: string, ClientRequestToken: string, VersionStages?: string[]) =>
  drive(() => client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken, ...(VersionStages && { VersionStages }) })));
const value = async (input: object = {}) => (await drive(() => client.send(new GetSecretValueCommand({ SecretId, ...input })))).SecretString;
const stages = async () => (await drive(() => client.send(new DescribeSecretCommand({ SecretId })))).VersionIdsToStages;

describe("a secret", () => {
  test("has an ARN with six random characters, and is found by it, by its beginning and by its name", async () => {
    const { ARN = "" } = await create();
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:steward\/demo\/license-[A-Za-z0-9]{6}$/);
    for (const name of [ARN, ARN.slice(0, -7), SecretId]) expect(await value({ SecretId: name })).toBe(VALUE);
  });

  test("may be made without a value, which nobody can read then", async () => {
    expect(await create({})).not.toHaveProperty("VersionId");
    expect(await refused(new GetSecretValueCommand({ SecretId }))).toEqual({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      status: 400,
    });
    await put(VALUE, token("a"));
    expect(await value()).toBe(VALUE);
  });

  test("holds bytes as well as text", async () => {
    await create({ SecretBinary: new Uint8Array([0, 255, 7]) });
    const { SecretBinary, SecretString } = await drive(() => client.send(new GetSecretValueCommand({ SecretId })));
    expect({ SecretBinary: [...(SecretBinary ?? [])], SecretString }).toEqual({ SecretBinary: [0, 255, 7], SecretString: undefined });
  });

  test("is described without its value", async () => {
    await create({ SecretString: VALUE, Description: "the licence", Tags: [{ Key: "steward:stage", Value: "demo" }] });
    const described = await drive(() => client.send(new DescribeSecretCommand({ SecretId })));
    expect(described).toMatchObject({ Name: SecretId, Description: "the licence", Tags: [{ Key: "steward:stage", Value: "demo" }] });
    expect(JSON.stringify(described)).not.toContain(VALUE);
  });

  test.each([
    [new GetSecretValueCommand({ SecretId: "none" }), "ResourceNotFoundException", "Secrets Manager can't find the specified secret."],
    [new PutSecretValueCommand({ SecretId }), "InvalidRequestException", "You must provide either SecretString or SecretBinary."],
    [
      new CreateSecretCommand({ Name: SecretId, SecretString: "x" }),
      "ResourceExistsException",
      `The operation failed because the secret ${SecretId} already exists.`,
    ],
    [
      new GetSecretValueCommand({ SecretId, VersionId: token("z") }),
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for VersionId: ${token("z")}`,
    ],
    [
      new PutSecretValueCommand({ SecretId, SecretString: "x", ClientRequestToken: "short" }),
      "InvalidParameterException",
      "ClientRequestToken must be 32-64 characters long.",
    ],
    [
      new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 6 }),
      "InvalidParameterException",
      "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
    ],
    [
      new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }),
      "InvalidParameterException",
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    ],
  ])("or what it takes is refused as Secrets Manager does: %#", async (command, name, message) => {
    await create();
    expect(await refused(command)).toEqual({ name, message, status: 400 });
  });

  test("leaves its value neither in the record of calls, nor in errors, nor in the printed account", async () => {
    await create();
    await put(VALUE, token("a"));
    const { message } = await refused(new PutSecretValueCommand({ SecretId, SecretString: `${VALUE}2`, ClientRequestToken: token("a") }));
    await value();
    expect(message).not.toContain(VALUE);
    for (const form of [VALUE, Buffer.from(VALUE).toString("base64"), Buffer.from(VALUE).toString("hex")])
      expect(inspect(account, { depth: 20, maxArrayLength: null, maxStringLength: null }) + JSON.stringify(account.record)).not.toContain(form);
  });
});

describe("versions", () => {
  test("carry one label each way: the current one becomes the previous", async () => {
    await create({ SecretString: "1", ClientRequestToken: token("a") });
    expect(await put("2", token("b"))).toMatchObject({ VersionId: token("b"), VersionStages: ["AWSCURRENT"] });
    await put("3", token("c"));
    expect(await stages()).toEqual({ [token("b")]: ["AWSPREVIOUS"], [token("c")]: ["AWSCURRENT"] });
    expect([await value(), await value({ VersionStage: "AWSPREVIOUS" }), await value({ VersionId: token("a") })]).toEqual(["3", "2", "1"]);
    expect(await refused(new GetSecretValueCommand({ SecretId, VersionId: token("b"), VersionStage: "AWSCURRENT" }))).toMatchObject({
      name: "InvalidRequestException",
    });
    const listed = await drive(() => client.send(new ListSecretVersionIdsCommand({ SecretId })));
    const all = await drive(() => client.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true })));
    expect([listed.Versions?.length, all.Versions?.length]).toEqual([2, 3]);
  });

  test("are put once per token: the same value again changes nothing, another is refused", async () => {
    await create({ SecretString: "1", ClientRequestToken: token("a") });
    await put("2", token("b"));
    await put("3", token("c"));
    expect(await put("2", token("b"))).toMatchObject({ VersionId: token("b"), VersionStages: ["AWSPREVIOUS"] });
    expect(await value()).toBe("3");
    expect(await refused(new PutSecretValueCommand({ SecretId, SecretString: "4", ClientRequestToken: token("b") }))).toMatchObject({
      name: "ResourceExistsException",
    });
    expect(await create({ SecretString: "1", ClientRequestToken: token("a") })).toMatchObject({ VersionId: token("a") });
  });

  test("wait under a label of their own until it is moved", async () => {
    await create({ SecretString: "1", ClientRequestToken: token("a") });
    await put("2", token("b"), ["AWSPENDING"]);
    expect(await value()).toBe("1");
    const move = (more: object) => new UpdateSecretVersionStageCommand({ SecretId, VersionStage: "AWSCURRENT", ...more });
    expect(await refused(move({ MoveToVersionId: token("b") }))).toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining(`currently attached to version ${token("a")}`),
    });
    expect(await refused(move({ RemoveFromVersionId: token("a") }))).toMatchObject({ name: "InvalidParameterException" });
    await drive(() => client.send(move({ MoveToVersionId: token("b"), RemoveFromVersionId: token("a") })));
    expect(await stages()).toEqual({ [token("a")]: ["AWSPREVIOUS"], [token("b")]: ["AWSPENDING", "AWSCURRENT"] });
  });

  test("begin with the current one, whatever label the first is given", async () => {
    await create({});
    await put("1", token("a"), ["AWSPENDING"]);
    expect(await value()).toBe("1");
  });
});

describe("tags", () => {
  const tag = (Key: string, Value: string) => new TagResourceCommand({ SecretId, Tags: [{ Key, Value }] });
  const tags = async () => (await drive(() => client.send(new DescribeSecretCommand({ SecretId })))).Tags;

  test("are added, changed and taken away", async () => {
    await create({ Tags: [{ Key: "steward:stage", Value: "demo" }] });
    await drive(() => client.send(tag("steward:part", "old")));
    await drive(() => client.send(tag("steward:part", "new")));
    expect(await tags()).toEqual([
      { Key: "steward:stage", Value: "demo" },
      { Key: "steward:part", Value: "new" },
    ]);
    await drive(() => client.send(new UntagResourceCommand({ SecretId, TagKeys: ["steward:stage", "none"] })));
    expect(await tags()).toEqual([{ Key: "steward:part", Value: "new" }]);
  });

  test("of AWS's own nobody sets, and fifty are enough", async () => {
    await create();
    expect(await refused(tag("aws:owner", "me"))).toMatchObject({ name: "InvalidParameterException" });
    const Tags = Array.from({ length: 51 }, (_, n) => ({ Key: `key-${n}`, Value: "" }));
    expect(await refused(new TagResourceCommand({ SecretId, Tags }))).toMatchObject({ name: "InvalidParameterException" });
    expect(await tags()).toEqual([]);
  });

  test("decide who may read, under either name of the condition key", async () => {
    await create({ SecretString: VALUE, Tags: [{ Key: "steward:stage", Value: "demo" }] });
    for (const [index, key] of ["aws:ResourceTag/steward:stage", "secretsmanager:ResourceTag/steward:stage"].entries()) {
      const read = (stage: string) => allow("secretsmanager:GetSecretValue", "*", { StringEquals: { [key]: stage } });
      const [ours, theirs] = [aRole(account, `ours${index}`, read("demo")), aRole(account, `theirs${index}`, read("other"))];
      expect((await drive(() => as(ours).send(new GetSecretValueCommand({ SecretId })))).SecretString).toBe(VALUE);
      expect(await refused(new GetSecretValueCommand({ SecretId }), as(theirs))).toMatchObject({ name: "AccessDeniedException" });
    }
  });
});

describe("a secret of another service", () => {
  const owned = { owner: "rds", name: "rds!db-1", value: VALUE, tags: { "aws:rds:primaryDBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:demo" } };

  test("is read like any other, and says whose it is", async () => {
    const ARN = account.links.makeSecret(owned, admin);
    expect(await value({ SecretId: ARN })).toBe(VALUE);
    expect(await drive(() => client.send(new DescribeSecretCommand({ SecretId: ARN })))).toMatchObject({
      OwningService: "rds",
      RotationEnabled: true,
      Tags: [
        { Key: "aws:rds:primaryDBInstanceArn", Value: "arn:aws:rds:us-east-1:123456789012:db:demo" },
        { Key: "aws:secretsmanager:owningService", Value: "rds" },
      ],
    });
  });

  test("is changed and deleted by that service alone", async () => {
    const ARN = account.links.makeSecret(owned, admin);
    for (const command of [new PutSecretValueCommand({ SecretId: ARN, SecretString: "x" }), new DeleteSecretCommand({ SecretId: ARN })])
      expect(await refused(command)).toEqual({ name: "InvalidRequestException", message: "Operation is not allowed on secret owned by rds", status: 400 });
  });
});

describe("a deleted secret", () => {
  test("refuses its value, keeps its name, and comes back", async () => {
    await create();
    const { DeletionDate } = await drive(() => client.send(new DeleteSecretCommand({ SecretId })));
    expect(DeletionDate?.getTime()).toBeCloseTo(Date.now() + 30 * 86_400_000, -4);
    expect(await refused(new GetSecretValueCommand({ SecretId }))).toMatchObject({
      name: "InvalidRequestException",
      message: "You can't perform this operation on the secret because it was marked for deletion.",
    });
    expect(await refused(new CreateSecretCommand({ Name: SecretId }))).toMatchObject({ message: expect.stringContaining("already scheduled for deletion") });
    expect(await drive(() => client.send(new DescribeSecretCommand({ SecretId })))).toMatchObject({ DeletedDate: expect.any(Date) });
    await drive(() => client.send(new RestoreSecretCommand({ SecretId })));
    expect(await value()).toBe(VALUE);
  });

  test("is gone after its window, or at once when forced", async () => {
    await create();
    await drive(() => client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 })));
    await advance(7 * 86_400_000);
    expect(await refused(new RestoreSecretCommand({ SecretId }))).toMatchObject({ name: "ResourceNotFoundException" });
    await create();
    await drive(() => client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })));
    expect(await refused(new DescribeSecretCommand({ SecretId }))).toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("rights", () => {
  const key = async () => (await drive(() => new KMSClient(settingsOf(account, admin)).send(new CreateKeyCommand({})))).KeyMetadata?.Arn ?? "";

  test("are on the secret's ARN; who has none does not learn whether it is there", async () => {
    const { ARN = "" } = await create();
    const reader = as(aRole(account, "reader", allow("secretsmanager:GetSecretValue", `${ARN.slice(0, -6)}??????`)));
    expect((await drive(() => reader.send(new GetSecretValueCommand({ SecretId })))).SecretString).toBe(VALUE);
    for (const name of [SecretId, "none"])
      expect(await refused(new GetSecretValueCommand({ SecretId: name }), as(aRole(account, "stranger")))).toMatchObject({ name: "AccessDeniedException" });
    expect(await refused(new PutSecretValueCommand({ SecretId, SecretString: "x" }), reader)).toMatchObject({ name: "AccessDeniedException" });
  });

  test("to a value under a customer's key take the key too, through Secrets Manager", async () => {
    const KmsKeyId = await key();
    await create({ SecretString: VALUE, KmsKeyId });
    const through = { StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } };
    const read = allow(["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:CreateSecret"]);
    const [with_, without] = [aRole(account, "with", read, allow("kms:Decrypt", KmsKeyId, through)), aRole(account, "without", read)];
    expect((await drive(() => as(with_).send(new GetSecretValueCommand({ SecretId })))).SecretString).toBe(VALUE);
    const denied = { name: "AccessDeniedException", message: "Access to KMS is not allowed" };
    expect(await refused(new GetSecretValueCommand({ SecretId }), as(without))).toMatchObject(denied);
    expect(await refused(new PutSecretValueCommand({ SecretId, SecretString: "x" }), as(with_))).toMatchObject(denied);
    expect(await refused(new CreateSecretCommand({ Name: "other", KmsKeyId }), as(without))).toMatchObject(denied);
  });

  test("do not help while the key is off", async () => {
    const KmsKeyId = await key();
    await create({ SecretString: VALUE, KmsKeyId });
    await drive(() => new KMSClient(settingsOf(account, admin)).send(new DisableKeyCommand({ KeyId: KmsKeyId })));
    expect(await refused(new GetSecretValueCommand({ SecretId }))).toMatchObject({ name: "DecryptionFailure" });
    expect(await refused(new PutSecretValueCommand({ SecretId, SecretString: "x" }))).toMatchObject({ name: "EncryptionFailure" });
  });

  test("that were asked for are all rights that AWS knows", async () => {
    await create({ SecretString: VALUE, Tags: [{ Key: "steward:stage", Value: "demo" }] });
    await value({ VersionStage: "AWSCURRENT" });
    await put("2", token("b"));
    await drive(() => client.send(new DeleteSecretCommand({ SecretId })));
    expect(rights.decisions.length).toBeGreaterThan(5);
    expect(rights.decisions.flatMap(({ right }) => rightProblems(right))).toEqual([]);
  });
});
