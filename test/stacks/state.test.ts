import { describe, expect, test } from "vitest";
import { inputsOf, keyArns, namesOf, only, topology } from "./examples.ts";
import { graphOf } from "./graph/stages.ts";

const [single, ha] = [() => graphOf("single"), () => graphOf("ha")];
const both = [
  ["single", single],
  ["ha", ha],
] as const;
const database = () => only(ha(), "aws:rds/instance:Instance");

describe("the database", () => {
  test("is RDS Postgres of the reference's size, empty", () => {
    expect(database()).toMatchObject({ engine: "postgres", engineVersion: "16", instanceClass: "db.t3.xlarge", dbName: "rstudio_pm", port: 5432 });
    expect(database()).toMatchObject({ allocatedStorage: 100, maxAllocatedStorage: 500, storageType: "gp3", multiAz: false, autoMinorVersionUpgrade: true });
  });

  test("is encrypted and private, and takes connections over TLS only", () => {
    const keys = keyArns(topology("ha"));
    expect(database()).toMatchObject({ storageEncrypted: true, kmsKeyId: keys["key:data"], publiclyAccessible: false, caCertIdentifier: "rds-ca-rsa2048-g1" });
    expect(only(ha(), "aws:rds/parameterGroup:ParameterGroup").parameters).toEqual([{ name: "rds.force_ssl", value: "1" }]);
  });

  test("lies in two isolated subnets behind its own group", () => {
    expect(namesOf(ha(), only(ha(), "aws:rds/subnetGroup:SubnetGroup").subnetIds)).toEqual(["steward-ha-database-a", "steward-ha-database-b"]);
    expect(namesOf(ha(), database().vpcSecurityGroupIds)).toEqual(["steward-ha-database"]);
  });

  test("is backed up for 7 days, protected from deletion, and leaves a last snapshot", () => {
    expect(database()).toMatchObject({
      backupRetentionPeriod: 7,
      deletionProtection: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: "steward-ha-final",
    });
    expect(database()).toMatchObject({ copyTagsToSnapshot: true, deleteAutomatedBackups: false });
  });

  test("has a master password that RDS makes and vaults, and no deploy sees", () => {
    expect(database()).toMatchObject({ manageMasterUserPassword: true, masterUserSecretKmsKeyId: keyArns(topology("ha"))["key:vault"] });
    expect(Object.keys(database()).filter((key) => /^password/i.test(key))).toEqual([]);
  });

  test("changes in its window only, and logs to CloudWatch", () => {
    expect(database()).toMatchObject({ applyImmediately: false, maintenanceWindow: "sun:04:00-sun:05:00", backupWindow: "03:00-03:30" });
    expect(database().enabledCloudwatchLogsExports).toEqual(["postgresql", "upgrade"]);
  });
});

describe("buckets", () => {
  const of = (type: string, graph = ha) =>
    Object.fromEntries(inputsOf(graph(), type).map(({ bucket, ...inputs }) => [String(bucket).replace(/^steward-123456789012-/, ""), inputs]));

  test("are one for state in either topology, and two more for the pair", () => {
    expect(Object.keys(of("aws:s3/bucket:Bucket"))).toEqual(["ha-access-logs", "ha-packages", "ha-state"]);
    expect(Object.keys(of("aws:s3/bucket:Bucket", single))).toEqual(["single-state"]);
  });

  test("never empty themselves", () => {
    for (const [name, { forceDestroy }] of Object.entries(of("aws:s3/bucket:Bucket"))) expect(forceDestroy, name).toBe(false);
  });

  test("are versioned but for the logs", () => {
    const enabled = { versioningConfiguration: { status: "Enabled" } };
    expect(of("aws:s3/bucketVersioning:BucketVersioning")).toEqual({ "ha-packages": enabled, "ha-state": enabled });
  });

  test("forget uploads that nobody finished, and old logs; never a package", () => {
    const rule = (id: string, more = {}) => ({
      rules: [{ id, status: "Enabled", filter: { prefix: "" }, abortIncompleteMultipartUpload: { daysAfterInitiation: 7 }, ...more }],
    });
    expect(of("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")).toEqual({
      "ha-access-logs": rule("old-logs", { expiration: { days: 30 } }),
      "ha-packages": rule("unfinished-uploads"),
      "ha-state": rule("unfinished-uploads"),
    });
  });

  test("of packages tell EventBridge of changed objects", () => {
    expect(of("aws:s3/bucketNotification:BucketNotification")).toEqual({ "ha-packages": { eventbridge: true } });
  });

  test("are there, with all that guards them, before the balancer writes its first log", () => {
    const { options } = ha().resources.find(({ type }) => type === "aws:lb/loadBalancer:LoadBalancer") ?? {};
    expect(options?.dependsOn).toContain("BucketPolicy-access-logs");
  });

  test("hold what the deploy declared, where the parameter says", () => {
    const { key, content } = topology("ha").objects[0] ?? {};
    expect(inputsOf(ha(), "aws:s3/bucketObjectv2:BucketObjectv2")).toContainEqual(
      expect.objectContaining({ bucket: "steward-123456789012-ha-state", key, content, contentType: "application/json" }),
    );
    const declared = inputsOf(ha(), "aws:ssm/parameter:Parameter").find(({ name }) => name === "/steward/ha/declared");
    expect(JSON.parse(String(declared?.value))).toMatchObject({ bucket: "steward-123456789012-ha-state", key });
    const { options } = ha().resources.find(({ inputs }) => inputs.name === "/steward/ha/declared") ?? {};
    expect(options?.dependsOn).toContain(`Object-${key}`);
  });
});

describe.each(both)("the state of %s", (stage, graph) => {
  test("lies in a table that can be brought back to any second and is protected from deletion", () => {
    expect(only(graph(), "aws:dynamodb/table:Table")).toMatchObject({
      name: `steward-${stage}`,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "pk",
      rangeKey: "sk",
      attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
      ],
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: true,
    });
  });

  test("is pointed to by plain parameters: pointers and a switch are no secrets", () => {
    const parameters = inputsOf(graph(), "aws:ssm/parameter:Parameter").map(({ name, type }) => [name, type]);
    expect(parameters).toEqual([
      [`/steward/${stage}/declared`, "String"],
      [`/steward/${stage}/switch`, "String"],
    ]);
  });

  test("is changed on nodes through one command document", () => {
    const { content, ...document } = only(graph(), "aws:ssm/document:Document");
    expect(document).toEqual({ name: `steward-${stage}-node`, documentType: "Command", documentFormat: "JSON" });
    expect(JSON.parse(String(content))).toEqual(topology(stage).document.content);
  });
});
