import * as secretsModule from "@aws-sdk/client-secrets-manager";
import { DeclaredDocument } from "@steward/core/desired/documents";
import { desiredState, effectiveDocument } from "@steward/core/desired/in-effect";
import { readKey } from "@steward/core/desired/key-fingerprint";
import { DATABASE_SCHEMAS } from "@steward/core/desired/render";
import { OWNER_ROLE } from "@steward/core/desired/vault";
import { type NodeSettings, nodeUserData } from "@steward/core/fleet/node-settings";
import type { DesiredState } from "@steward/core/fleet/probe";
import { ACCOUNT_ID, Account, type BusEvent } from "@steward/simulator/account/account";
import { hideMachineConfig } from "@steward/simulator/account/machine-config";
import type { Principal } from "@steward/simulator/account/principal";
import type { Sql } from "@steward/simulator/fleet/database-server";
import { DEMO_VAULT, type Vault } from "@steward/simulator/fleet/demo-vault";
import { addMachines } from "@steward/simulator/fleet/machines";
import { createSharedDependencies, type SharedDependencies } from "@steward/simulator/fleet/shared-dependencies";
import { addS3, type S3 } from "@steward/simulator/services/s3/s3";
import { add, newBucket } from "@steward/simulator/services/s3/state";
import { addSsm } from "@steward/simulator/services/ssm/ssm";
import { advance, drive } from "@steward/simulator/world/drive";
import { haTopology } from "../../settings.ts";

export const OPERATOR: Principal = {
  arn: `arn:aws:iam::${ACCOUNT_ID}:user/operator`,
  accessKeyId: "AKIAOPERATOR",
  secretAccessKey: "",
  policy: { Version: "2012-10-17", Statement: [] },
};

const SETTINGS: NodeSettings = {
  stage: "demo",
  region: "us-east-1",
  topology: "ha",
  group: "steward-demo",
  launchHook: "steward-demo-admit",
  table: "steward-demo",
  desired: "/steward/demo/desired",
  purpose: "serve",
};

const HOST = "database.internal";
const BUCKET = "the-state-bucket";

/** The effective document of the reference pair, and the desired state that names it. */
export function demoDesired({ version = "2026.08.0", vault = DEMO_VAULT }: { version?: string; vault?: Vault } = {}) {
  const declared = DeclaredDocument.parse(JSON.parse(haTopology("demo", { packageManager: { version } }).objects[0]?.content ?? ""));
  const document = effectiveDocument(declared, { dataVolume: null, database: { host: HOST, login: "database-login-a", masterSecret: MASTER.secret } });
  const key = readKey(vault["encryption-key"] ?? "");
  const keyFingerprint = key.kind === "key" ? key.fingerprint : "";
  return desiredState(document, { bucket: BUCKET, salt: DEMO_VAULT["fingerprint-salt"], keyFingerprint, revision: 1 });
}

const MASTER = { user: "postgres", password: "the:master's password", secret: "the-master" };

/** A database as RDS makes it. */
export const newSql = (): Sql => ({ logins: new Map([[MASTER.user, MASTER.password]]), schemas: new Map() });

/** A database as the first deploy leaves it. */
export const demoSql = (): Sql => ({
  logins: new Map([
    ["ppm_a", JSON.parse(DEMO_VAULT["database-login-a"]).password],
    ["ppm_b", JSON.parse(DEMO_VAULT["database-login-b"]).password],
  ]),
  schemas: new Map(Object.values(DATABASE_SCHEMAS).map((name) => [name, OWNER_ROLE])),
});

interface Given extends Partial<SharedDependencies> {
  desired?: DesiredState;
  vault?: Vault;
  sql?: Sql;
}

/** An account in which everything is allowed, with Systems Manager, what nodes read, and machines; its events are in a list. */
export function aFleet({ desired, vault = DEMO_VAULT, sql = demoSql(), ...given }: Given = {}) {
  hideMachineConfig();
  const account = new Account();
  const events: BusEvent[] = [];
  account.authorize = () => ({ allowed: true });
  account.links.emit = (event) => void events.push(event);
  account.links.instanceTags = () => ({});
  account.links.metric = () => {};
  account.links.lifecycleTarget = () => undefined;
  const shared = createSharedDependencies({ databaseAt: (host) => (host === HOST ? sql : undefined), ...given });
  const machines = addMachines(account, shared);
  const ssm = addSsm(account);
  const { text, state } = demoDesired();
  const version = { version: 1, value: JSON.stringify(desired ?? state), at: new Date(), by: OPERATOR.arn };
  ssm.parameters.set(SETTINGS.desired, { name: SETTINGS.desired, type: "String", versions: [version] });
  holdDocument(addS3(account), state.document.key, text);
  addVault(account, vault);
  account.roles.set("node", OPERATOR.policy);
  return { account, events, shared, machines, ssm, sql };
}

function holdDocument({ buckets }: S3, key: string, text: string): void {
  const bucket = newBucket(BUCKET);
  add(bucket, { key, isMarker: false, body: new TextEncoder().encode(text), etag: "", metadata: {}, checksums: {} });
  buckets.set(BUCKET, bucket);
}

/** Secrets that are there without a key. */
function addVault(account: Account, vault: Vault): void {
  const texts: Record<string, string> = { ...vault, [MASTER.secret]: JSON.stringify({ username: MASTER.user, password: MASTER.password }) };
  const GetSecretValue = { run: ({ SecretId = "" }: { SecretId?: string }) => ({ SecretString: texts[SecretId.replace("steward/demo/", "")] }) };
  account.add({ id: "secretsmanager", iamPrefix: "secretsmanager", module: secretsModule, protocol: "json1_1", operations: { GetSecretValue } as never });
}

export type Fleet = ReturnType<typeof aFleet>;

export const NODE = "i-0123456789abcdef0";

/** A machine as EC2 starts it. */
export function launched({ account, machines }: Fleet, instanceId = NODE, imageId = "ami-1") {
  account.links.bootMachine({ instanceId, imageId, privateIp: "10.0.0.4", userData: nodeUserData(SETTINGS), instanceProfile: "node" });
  const machine = machines.get(instanceId);
  if (!machine) throw new Error("EC2 started no machine");
  return machine;
}

/** A machine that has booted and serves. */
export async function serving(fleet: Fleet, instanceId = NODE) {
  const machine = launched(fleet, instanceId);
  await advance(150_000);
  return machine;
}

/** One call as the operator; what it answers is the caller's to know. */
export const ask = <Output>({ account }: Pick<Fleet, "account">, service: "ssm" | "rds", operation: string, input: unknown): Promise<Output> =>
  drive(() => account.call(OPERATOR, service, operation, input)) as Promise<Output>;
