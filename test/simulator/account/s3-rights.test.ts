import { CreateKeyCommand, DisableKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { ACCOUNT_ID } from "@steward/simulator/account/account";
import { rightProblems } from "@steward/simulator/iam/validate";
import { advance, drive } from "@steward/simulator/world/drive";
import { beforeEach, describe, expect, test } from "vitest";
import { allow, aRole, roleArn, settingsOf } from "./a-caller.ts";
import { account, admin, as, BUCKET, Bucket, events, keys, openStore, put, refused, rights, s3, text, versioned } from "./s3-world.ts";

beforeEach(openStore);

describe("rights", () => {
  const policy = (...Statement: object[]) => new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) });

  test("are on the object; whether a key is missing learns only who may list", async () => {
    await put("k", "secret");
    const reader = as(aRole(account, "reader", allow("s3:GetObject", `${BUCKET}/*`)));
    const lister = as(aRole(account, "lister", allow("s3:GetObject", `${BUCKET}/*`), allow("s3:ListBucket", BUCKET)));
    expect(await text("k", { client: reader })).toBe("secret");
    for (const command of [new GetObjectCommand({ Bucket, Key: "none" }), new HeadObjectCommand({ Bucket, Key: "none" })]) {
      expect(await refused(command, reader)).toMatchObject({ status: 403 });
      expect(await refused(command, lister)).toMatchObject({ status: 404 });
    }
    expect(await refused(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }), reader)).toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining(`s3:PutObject on resource: ${BUCKET}/k because no identity-based policy allows`),
    });
  });

  test("to a version are rights of their own", async () => {
    await versioned();
    const { VersionId } = await put("k");
    const reader = as(aRole(account, "reader", allow(["s3:GetObject", "s3:DeleteObject"])));
    expect(await refused(new GetObjectCommand({ Bucket, Key: "k", VersionId }), reader)).toMatchObject({ name: "AccessDenied" });
    expect(await refused(new DeleteObjectCommand({ Bucket, Key: "k", VersionId }), reader)).toMatchObject({ name: "AccessDenied" });
    await drive(() => reader.send(new DeleteObjectCommand({ Bucket, Key: "k" })));
  });

  test("to list can be for a prefix", async () => {
    const lister = as(aRole(account, "lister", allow("s3:ListBucket", BUCKET, { StringLike: { "s3:prefix": "state/*" } })));
    await drive(() => lister.send(new ListObjectsV2Command({ Bucket, Prefix: "state/x" })));
    expect(await refused(new ListObjectsV2Command({ Bucket }), lister)).toMatchObject({ name: "AccessDenied" });
  });

  test("come from the bucket's policy too, and its deny wins", async () => {
    await put("k", "text");
    const node = as(aRole(account, "node"));
    const read = { Effect: "Allow", Principal: { AWS: roleArn("node") }, Action: "s3:GetObject", Resource: `${BUCKET}/*` };
    await drive(() => s3.send(policy(read)));
    expect(await text("k", { client: node })).toBe("text");
    const insecure = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [BUCKET, `${BUCKET}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
    await drive(() => s3.send(policy(read, insecure)));
    expect(await text("k", { client: node })).toBe("text");
    const everybody = { Effect: "Deny", Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` }, Action: "s3:PutObject", Resource: `${BUCKET}/key/*` };
    await drive(() => s3.send(policy(read, everybody)));
    expect(await refused(new PutObjectCommand({ Bucket, Key: "key/rspm", Body: "x" }))).toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("explicit deny in a resource-based policy"),
    });
    expect(JSON.parse((await drive(() => s3.send(new GetBucketPolicyCommand({ Bucket })))).Policy ?? "")).toMatchObject({ Statement: [read, everybody] });
  });

  test.each([
    ["no JSON", "no", "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"],
    [
      "another bucket",
      { Effect: "Allow", Principal: { AWS: roleArn("x") }, Action: "s3:GetObject", Resource: "arn:aws:s3:::other/*" },
      "MalformedPolicy",
      "Policy has invalid resource",
    ],
    [
      "a strange principal",
      { Effect: "Allow", Principal: { AWS: "arn:aws:iam::*:root" }, Action: "s3:GetObject", Resource: BUCKET },
      "MalformedPolicy",
      "Invalid principal in policy",
    ],
    [
      "everybody",
      { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `${BUCKET}/*` },
      "AccessDenied",
      expect.stringContaining("BlockPublicPolicy"),
    ],
  ])("are refused as S3 does in a policy with %s", async (_what, statement, name, message) => {
    const command = typeof statement === "string" ? new PutBucketPolicyCommand({ Bucket, Policy: statement }) : policy(statement);
    expect(await refused(command)).toMatchObject({ name, message });
  });

  test("that were asked for are all rights that AWS knows", async () => {
    await versioned();
    const { VersionId, ETag } = await put("k", "text", { ServerSideEncryption: "AES256" });
    await put("k", "more", { IfMatch: ETag });
    await text("k", { VersionId });
    await keys({ Prefix: "k", Delimiter: "/", MaxKeys: 3 });
    await drive(() => s3.send(new DeleteObjectCommand({ Bucket, Key: "k", VersionId })));
    expect(rights.decisions.length).toBeGreaterThan(6);
    expect(rights.decisions.flatMap(({ right }) => rightProblems(right))).toEqual([]);
  });
});

describe("under a customer's key", () => {
  let KeyId: string;
  beforeEach(async () => {
    const made = await drive(() => new KMSClient(settingsOf(account, admin)).send(new CreateKeyCommand({})));
    KeyId = made.KeyMetadata?.Arn ?? "";
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const, KMSMasterKeyID: KeyId } }];
    await drive(() => s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } })));
  });

  test("writing takes a data key and reading takes decryption, through S3 only", async () => {
    const through = { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } };
    const writer = as(aRole(account, "writer", allow(["s3:PutObject", "s3:GetObject"]), allow("kms:GenerateDataKey", KeyId, through)));
    const reader = as(
      aRole(account, "reader", allow("s3:GetObject"), allow("kms:Decrypt", KeyId, { StringLike: { "kms:EncryptionContext:aws:s3:arn": `${BUCKET}/*` } })),
    );
    const { ETag, ...written } = await put("k", "sealed", {}, writer);
    expect(written).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId });
    expect(ETag).not.toBe((await put("plain", "sealed", { ServerSideEncryption: "AES256" })).ETag);
    expect(await text("k", { client: reader })).toBe("sealed");
    expect(await refused(new GetObjectCommand({ Bucket, Key: "k" }), writer)).toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("kms:Decrypt"),
    });
    expect(await refused(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }), as(aRole(account, "poor", allow("s3:PutObject"))))).toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("kms:GenerateDataKey"),
    });
    await drive(() => writer.send(new HeadObjectCommand({ Bucket, Key: "k" })));
    expect(await refused(new HeadObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }), writer)).toMatchObject({ status: 403 });
  });

  test("a key that is off stops both", async () => {
    await put("k");
    await drive(() => new KMSClient(settingsOf(account, admin)).send(new DisableKeyCommand({ KeyId })));
    for (const command of [new GetObjectCommand({ Bucket, Key: "k" }), new PutObjectCommand({ Bucket, Key: "k", Body: "x" })])
      expect(await refused(command)).toEqual({ name: "KMS.DisabledException", message: `${KeyId} is disabled.`, status: 400 });
  });
});

describe("events", () => {
  const enable = () =>
    drive(() => s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { EventBridgeConfiguration: {} } })));

  test("tell the default bus of what is created and deleted, some minutes after they were switched on", async () => {
    const seen: { "detail-type": string; resources: string[]; detail: unknown }[] = [];
    events.watch((event, bus) => void (event.source === "aws.s3" && bus === "default" && seen.push(event)));
    await versioned();
    await enable();
    expect(await drive(() => s3.send(new GetBucketNotificationConfigurationCommand({ Bucket })))).toMatchObject({ EventBridgeConfiguration: {} });
    await put("early");
    await advance(300_000);
    const { VersionId, ETag } = await put("k", "text");
    const gone = await drive(() => s3.send(new DeleteObjectCommand({ Bucket, Key: "k" })));
    await drive(() => s3.send(new DeleteObjectCommand({ Bucket, Key: "k", VersionId })));
    const object = { key: "k", etag: ETag?.replaceAll('"', ""), "version-id": VersionId, sequencer: expect.stringMatching(/^[0-9A-F]{16}$/) };
    expect(seen.map(({ resources, ...event }) => [event["detail-type"], resources, event.detail])).toEqual([
      [
        "Object Created",
        [BUCKET],
        expect.objectContaining({ version: "0", bucket: { name: Bucket }, object: { ...object, size: 4 }, reason: "PutObject", requester: ACCOUNT_ID }),
      ],
      [
        "Object Deleted",
        [BUCKET],
        expect.objectContaining({ object: expect.objectContaining({ "version-id": gone.VersionId }), "deletion-type": "Delete Marker Created" }),
      ],
      ["Object Deleted", [BUCKET], expect.objectContaining({ object, reason: "DeleteObject", "deletion-type": "Permanently Deleted" })],
    ]);
  });

  test("to other targets are not modelled, and said so", async () => {
    const QueueConfigurations = [{ QueueArn: "arn:aws:sqs:us-east-1:123456789012:q", Events: ["s3:ObjectCreated:*" as const] }];
    expect(await refused(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { QueueConfigurations } }))).toMatchObject({
      name: "NotImplemented",
      status: 501,
    });
  });
});
