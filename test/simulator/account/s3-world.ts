import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from "@aws-sdk/client-s3";
import { Account } from "@steward/simulator/account/account";
import type { Principal } from "@steward/simulator/account/principal";
import { installRights, type Rights } from "@steward/simulator/iam/rights";
import { addEvents, type Events } from "@steward/simulator/services/events/events";
import { addKms } from "@steward/simulator/services/kms/kms";
import { addS3, type S3 } from "@steward/simulator/services/s3/s3";
import { drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { allow, aRole, refusal, settingsOf } from "./a-caller.ts";

export const Bucket = "steward-demo-state";
export const BUCKET = `arn:aws:s3:::${Bucket}`;

export let account: Account;
export let rights: Rights;
export let events: Events;
export let admin: Principal;
export let s3: S3Client;
export let handle: S3;

/** Before each test: a new account with one bucket, and an administrator behind `s3`. */
export async function openStore(): Promise<void> {
  resetWorld(12);
  account = new Account();
  rights = installRights(account);
  events = addEvents(account);
  addKms(account);
  handle = addS3(account);
  admin = aRole(account, "admin", allow("*"));
  s3 = new S3Client(settingsOf(account, admin));
  await drive(() => s3.send(new CreateBucketCommand({ Bucket })));
}

export const as = (principal: Principal) => new S3Client(settingsOf(account, principal));
export const refused = (command: object, client = s3) => refusal(() => client.send(command as Parameters<S3Client["send"]>[0]));
export const put = (Key: string, Body: PutObjectCommandInput["Body"] = "text", more: Partial<PutObjectCommandInput> = {}, client = s3) =>
  drive(() => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more })));
export const text = (Key: string, { client = s3, VersionId }: { client?: S3Client; VersionId?: string | undefined } = {}) =>
  drive(async () => (await client.send(new GetObjectCommand({ Bucket, Key, ...(VersionId && { VersionId }) }))).Body?.transformToString());
export const versioned = () => drive(() => s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } })));
export const keys = async (input: object = {}) => (await drive(() => s3.send(new ListObjectsV2Command({ Bucket, ...input })))).Contents?.map(({ Key }) => Key);
