import { inspect } from "node:util";
import { CreateDBInstanceCommand, type CreateDBInstanceCommandInput, DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds";
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { apiOf } from "@steward/simulator/deploy/api";
import { rightProblems } from "@steward/simulator/iam/validate";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import { assert, beforeEach, expect, test } from "vitest";
import { allow, aRole, refusal, settingsOf } from "./a-caller.ts";

const INPUT: CreateDBInstanceCommandInput = {
  DBInstanceIdentifier: "steward-demo",
  Engine: "postgres",
  DBInstanceClass: "db.t3.medium",
  AllocatedStorage: 50,
  MasterUsername: "steward_master",
  ManageMasterUserPassword: true,
};

let world: ReturnType<typeof createAccount>;
let rds: RDSClient;
let vault: SecretsManagerClient;

beforeEach(() => {
  world = createAccount({ code: new Map(), seed: 3 });
  rds = new RDSClient(settingsOf(world.account, world.operator));
  vault = new SecretsManagerClient(settingsOf(world.account, world.operator));
});

const create = (more: Partial<CreateDBInstanceCommandInput> = {}) => drive(() => rds.send(new CreateDBInstanceCommand({ ...INPUT, ...more })));
const described = async () => {
  const [instance] = (await drive(() => rds.send(new DescribeDBInstancesCommand({})))).DBInstances ?? [];
  assert(instance);
  return instance;
};
const text = async (SecretId: string | undefined) => (await drive(() => vault.send(new GetSecretValueCommand({ SecretId })))).SecretString ?? "";

test("RDS keeps the master's password in a secret of its own, named and tagged after the database", async () => {
  const { DBInstance } = await create();
  const { SecretArn, SecretStatus } = DBInstance?.MasterUserSecret ?? {};
  expect(SecretStatus).toBe("creating");
  expect(SecretArn).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-[0-9a-f]{8}-[0-9a-f-]{27}-[A-Za-z0-9]{6}$/);
  expect(JSON.parse(await text(SecretArn))).toEqual({ username: "steward_master", password: expect.stringMatching(/^[^/'"@ ]{32}$/) });
  const { Tags, OwningService } = await drive(() => vault.send(new DescribeSecretCommand({ SecretId: SecretArn })));
  expect(OwningService).toBe("rds");
  expect(Tags).toContainEqual({ Key: "aws:rds:primaryDBInstanceArn", Value: DBInstance?.DBInstanceArn });
  await advance(15 * 60_000);
  expect((await described()).MasterUserSecret).toMatchObject({ SecretArn, SecretStatus: "active" });
});

test("lets the master in with that password, under the endpoint's name and once it has one", async () => {
  await create();
  const { MasterUserSecret } = await described();
  const { password } = JSON.parse(await text(MasterUserSecret?.SecretArn)) as { password: string };
  await advance(15 * 60_000);
  const { Address = "" } = (await described()).Endpoint ?? {};
  expect(world.dependencies.databaseAt(Address)?.logins.get("steward_master")).toBe(password);
  expect(world.dependencies.databaseAt("elsewhere.example.com")).toBeUndefined();
});

test("shows the password to nobody who prints the world", async () => {
  await create();
  const { password } = JSON.parse(await text((await described()).MasterUserSecret?.SecretArn)) as { password: string };
  expect(inspect(world, { depth: 12, maxArrayLength: null, maxStringLength: null })).not.toContain(password);
});

test("encrypts the secret with the key that is named, whose use its creator must be allowed", async () => {
  const operator = apiOf(world.account, world.operator);
  const { KeyMetadata } = await drive(() => operator("kms", "CreateKey", {}));
  const MasterUserSecretKmsKeyId = KeyMetadata?.Arn ?? "";
  const rights = allow(["rds:CreateDBInstance", "secretsmanager:CreateSecret", "secretsmanager:TagResource"]);
  const keyless = new RDSClient(settingsOf(world.account, aRole(world.account, "keyless", rights)));
  const send = () => keyless.send(new CreateDBInstanceCommand({ ...INPUT, MasterUserSecretKmsKeyId }));
  expect(await refusal(send)).toMatchObject({ name: "KMSKeyNotAccessibleFault" });
  expect(world.secretsManager.secrets.size).toBe(0);
  await create({ MasterUserSecretKmsKeyId });
  expect((await described()).MasterUserSecret?.KmsKeyId).toBe(MasterUserSecretKmsKeyId);
  expect(world.rights.decisions.flatMap(({ right }) => rightProblems(right))).toEqual([]);
});

test.each([
  ["a password of one's own beside it", { MasterUserPassword: "secret-enough" }, "InvalidParameterCombination"],
  ["no name of the master", { MasterUsername: undefined }, "InvalidParameterValue"],
])("refuses %s", async (_what, more, name) => {
  expect(await refusal(() => rds.send(new CreateDBInstanceCommand({ ...INPUT, ...more })))).toMatchObject({ name });
});
