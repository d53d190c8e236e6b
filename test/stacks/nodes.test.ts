import { describe, expect, test } from "vitest";
import { inputsOf, keyArns, only, topology } from "./examples.ts";
import { graphOf } from "./graph/stages.ts";

const [single, ha] = [() => graphOf("single"), () => graphOf("ha")];
const template = (graph: typeof ha) => only(graph(), "aws:ec2/launchTemplate:LaunchTemplate");
const group = (graph: typeof ha) => only(graph(), "aws:autoscaling/group:Group");

describe.each([
  ["single", single, { instanceType: "m6i.xlarge", gib: 50, publicAddress: "true", max: 1 }],
  ["ha", ha, { instanceType: "c5.4xlarge", gib: 100, publicAddress: "false", max: 3 }],
] as const)("nodes of %s", (stage, graph, meant) => {
  test("are of the reference's size", () => {
    expect(template(graph).instanceType).toBe(meant.instanceType);
  });

  test("have an encrypted gp3 root volume", () => {
    const ebs = { volumeSize: meant.gib, volumeType: "gp3", iops: 3000, throughput: 125, encrypted: "true", deleteOnTermination: "true" };
    expect(template(graph).blockDeviceMappings).toEqual([{ deviceName: "/dev/sda1", ebs: { ...ebs, kmsKeyId: keyArns(topology(stage))["key:data"] } }]);
  });

  test("have a public address only where it is the way out", () => {
    expect(template(graph).networkInterfaces).toEqual([expect.objectContaining({ associatePublicIpAddress: meant.publicAddress, deviceIndex: 0 })]);
    const mapped = inputsOf(graph(), "aws:ec2/subnet:Subnet").filter(({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch !== false);
    expect(mapped.map(({ tags }) => (tags as { Name: string }).Name)).toEqual(stage === "single" ? ["steward-single-node-builder"] : []);
  });

  test("answer for their metadata by IMDSv2 only, one hop far", () => {
    const metadata = { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1, instanceMetadataTags: "enabled" };
    expect(template(graph).metadataOptions).toEqual(metadata);
  });

  test("carry the stage's tag from the first moment, by which Steward is let near them", () => {
    const tags = { "steward:stage": stage, Name: `steward-${stage}` };
    expect(template(graph).tagSpecifications).toEqual(["instance", "volume", "network-interface"].map((resourceType) => ({ resourceType, tags })));
    expect(group(graph).tags).toEqual([{ key: "steward:stage", value: stage, propagateAtLaunch: true }]);
  });

  test("start with what tells a node whose it is", () => {
    expect(Buffer.from(String(template(graph).userData), "base64").toString()).toBe(topology(stage).launchTemplate.userData);
  });

  test("are none at first, and a deploy does not wait for any", () => {
    expect(group(graph)).toMatchObject({ minSize: 0, desiredCapacity: 0, maxSize: meant.max, waitForCapacityTimeout: "0" });
  });

  test("wait in hooks that exist before the first launch", () => {
    expect(group(graph).initialLifecycleHooks).toEqual([
      { name: `steward-${stage}-admit`, lifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING", heartbeatTimeout: 7200, defaultResult: "ABANDON" },
      { name: `steward-${stage}-retire`, lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING", heartbeatTimeout: 900, defaultResult: "CONTINUE" },
    ]);
    expect(graph().resources.filter(({ type }) => type === "aws:autoscaling/lifecycleHook:LifecycleHook")).toEqual([]);
  });

  test("are replaced one at a time, never below what serves", () => {
    expect(group(graph).instanceMaintenancePolicy).toEqual({ minHealthyPercentage: 100, maxHealthyPercentage: 150 });
    expect(group(graph)).toMatchObject({ healthCheckType: "EC2", healthCheckGracePeriod: 0 });
  });

  test("are launched by a role of their own, which the key of their volumes admits", () => {
    expect(only(graph(), "aws:iam/serviceLinkedRole:ServiceLinkedRole")).toMatchObject({ customSuffix: `steward-${stage}` });
    const role = `arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling_steward-${stage}`;
    expect(group(graph).serviceLinkedRoleArn).toBe(role);
    const keys = graph().resources.filter(({ type }) => type === "aws:kms/key:Key");
    expect(keys.filter(({ inputs }) => String(inputs.policy).includes(role)).map(({ name }) => name)).toEqual(["Key-data"]);
    for (const { options } of keys) expect(options.dependsOn).toContain("ScalingRole");
  });

  test("come last: after what watches them and what they need", () => {
    const { options } = graph().resources.find(({ name }) => name === "Nodes") ?? {};
    const triggers = graph().resources.filter(({ type }) => type === "aws:cloudwatch/eventTarget:EventTarget");
    expect(options?.dependsOn).toEqual(
      expect.arrayContaining([...triggers.map(({ name }) => name), "NodeDocument", `Logs-/steward/${stage}/node`, "Endpoint-s3", "BucketPolicy-state"]),
    );
    if (stage === "ha") expect(options?.dependsOn).toEqual(expect.arrayContaining(["Database", "Route-private"]));
  });
});

test("the group of the single server lets nobody but Steward replace it, that of the pair keeps its net", () => {
  expect(group(single).suspendedProcesses).toEqual(["HealthCheck", "ReplaceUnhealthy", "AZRebalance"]);
  expect(group(ha).suspendedProcesses).toEqual(["AZRebalance"]);
});
