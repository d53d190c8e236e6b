import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AutoScalingClient, DescribeAutoScalingInstancesCommand } from "@aws-sdk/client-auto-scaling";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { EffectiveDocument } from "@steward/core/desired/documents";
import { desiredState } from "@steward/core/desired/in-effect";
import type { SecretId } from "@steward/core/desired/vault";
import type { DesiredState } from "@steward/core/fleet/probe";
import { bucketName } from "@steward/core/topology/arns";
import { names } from "@steward/core/topology/names";
import type { TopologyKind } from "@steward/core/topology/topology";
import type { OpenAccount } from "./stage.ts";

const STAGE = "demo";
const ACCOUNT = "123456789012";
const n = names(STAGE);

/** The simulated account in a process of its own, with the hands of its operator: ordinary SDK clients over HTTP. */
export class AnAccount {
  readonly url: string;
  readonly nodes: OpenAccount["nodes"];
  readonly masterSecret: string;
  readonly bucket = bucketName(STAGE, ACCOUNT, "state");
  private readonly child: ChildProcess;
  private readonly s3: S3Client;
  private readonly vault: SecretsManagerClient;
  private readonly ssm: SSMClient;
  private readonly ledger: DynamoDBClient;
  private readonly scaling: AutoScalingClient;

  private constructor(child: ChildProcess, { url, nodes, masterSecret }: OpenAccount) {
    this.child = child;
    this.url = url;
    this.nodes = nodes;
    this.masterSecret = masterSecret ?? "";
    const options = { endpoint: url, region: "us-east-1", credentials: { accessKeyId: "AKIASTEWARDOPERATOR0", secretAccessKey: "any" } };
    this.s3 = new S3Client({ ...options, forcePathStyle: true });
    this.vault = new SecretsManagerClient(options);
    this.ssm = new SSMClient(options);
    this.ledger = new DynamoDBClient(options);
    this.scaling = new AutoScalingClient(options);
  }

  static async open(kind: TopologyKind): Promise<AnAccount> {
    const child = spawn(process.execPath, [fileURLToPath(new URL("./process.ts", import.meta.url)), kind], { stdio: ["pipe", "pipe", "inherit"] });
    for await (const line of child.stdout.setEncoding("utf8")) return new AnAccount(child, JSON.parse(String(line)) as OpenAccount);
    throw new Error("the simulated account did not open");
  }

  close(): void {
    this.child.stdin?.end();
  }

  async vaulted(id: SecretId, text: string): Promise<void> {
    await this.vault.send(new PutSecretValueCommand({ SecretId: n.secret(id), SecretString: text }));
  }

  /** The password of the database's master, as RDS keeps it. */
  async vaultedMaster(password: string): Promise<void> {
    await this.vault.send(new PutSecretValueCommand({ SecretId: this.masterSecret, SecretString: JSON.stringify({ username: "postgres", password }) }));
  }

  /** Writes the document and, unless told otherwise, the desired state that points to it, as Steward would. */
  async wanted(document: EffectiveDocument, facts: { salt: string; keyFingerprint: string; onlyDocument?: boolean }): Promise<DesiredState> {
    const { text, state } = desiredState(document, { bucket: this.bucket, revision: 1, ...facts });
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: state.document.key, Body: text }));
    if (!facts.onlyDocument) await this.desired(JSON.stringify(state));
    return state;
  }

  async desired(text: string): Promise<void> {
    await this.ssm.send(new PutParameterCommand({ Name: n.desired, Value: text, Type: "String", Overwrite: true }));
  }

  /** Puts another text where a document lies. */
  async spoiled({ key }: { key: string }, text: string): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text }));
  }

  async lastSweep(at: string): Promise<void> {
    await this.ledger.send(new PutItemCommand({ TableName: n.table, Item: { pk: { S: "heartbeat" }, sk: { S: "sweep" }, at: { S: at } } }));
  }

  /** Where the group has a node, such as `Pending:Wait`. */
  async lifecycleState(instanceId: string): Promise<string | undefined> {
    const { AutoScalingInstances } = await this.scaling.send(new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId] }));
    return AutoScalingInstances?.[0]?.LifecycleState;
  }

  /** Texts of the evidence that lies in the state bucket, by key. */
  async evidence(): Promise<Record<string, string>> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: this.bucket, Prefix: "evidence/" }));
    const entries = Contents.map(async ({ Key = "" }) => {
      const { Body } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key }));
      return [Key, (await Body?.transformToString()) ?? ""] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /** What a node asked AWS for, by operation, with the error that it was answered. */
  async asked(metadata: string): Promise<string[]> {
    const record = (await (await fetch(`${metadata}/test/record`)).json()) as { operation: string; error?: string }[];
    return record.map(({ operation, error }) => (error === undefined ? operation : `${operation}, ${error}`));
  }

  /** Takes rights from a node's role; called without any, gives all back. */
  async deny(metadata: string, ...actions: string[]): Promise<void> {
    await fetch(`${metadata}/test/deny?${actions.map((action) => `action=${action}`).join("&")}`);
  }
}
