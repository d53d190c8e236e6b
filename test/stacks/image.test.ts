import { ComponentDocument, MOST_DATA } from "@steward/core/image/component";
import { contentVersion } from "@steward/core/image/version";
import { fill } from "@steward/core/topology/placeholders";
import { describe, expect, test } from "vitest";
import { inputsOf, keyArns, namesById, only, STAGES, topology } from "./examples.ts";
import { graphOf, resource } from "./graph/stages.ts";
import { builtProgram } from "./program.ts";

type Inputs = Record<string, unknown>;
const PIPELINE = "aws:imagebuilder/imagePipeline:ImagePipeline";
const BUILDER = "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration";

describe.each(STAGES)("the golden image of %s", (stage) => {
  const graph = () => graphOf(stage);
  const { image } = topology(stage);
  const recipe = () => only(graph(), "aws:imagebuilder/imageRecipe:ImageRecipe");
  const components = () => new Map(inputsOf(graph(), "aws:imagebuilder/component:Component").map((inputs) => [String(inputs.name), inputs]));

  test("has the topology's components, whole and in their order, each a version by its content", () => {
    const meant = image.components.map(({ name, data }) => ({ name, data: fill(data, builtProgram()) }));
    for (const { name, data } of meant) {
      expect(components().get(name)).toMatchObject({ data, platform: "Linux", version: contentVersion(data) });
      expect(data.length).toBeLessThanOrEqual(MOST_DATA);
      ComponentDocument.parse(JSON.parse(data));
    }
    const arns = meant.map(({ name, data }) => `arn:aws:imagebuilder:us-east-1:123456789012:component/${name}/${contentVersion(data)}/1`);
    expect((recipe().components as { componentArn: string }[]).map(({ componentArn }) => componentArn)).toEqual(arns);
  });

  test("is called as the events of its builds are told apart", () => {
    expect(recipe().name).toBe(`steward-${stage}-node`);
    const versions = image.components.map(({ data }) => contentVersion(fill(data, builtProgram())));
    expect(recipe().version).toBe(contentVersion(JSON.stringify([image.recipe, versions])));
  });

  test("begins with Canonical's newest, on an encrypted disk of the nodes' size, and keeps Systems Manager's agent", () => {
    expect(recipe()).toMatchObject({
      parentImage: "arn:aws:imagebuilder:us-east-1:aws:image/ubuntu-server-22-lts-x86/x.x.x",
      systemsManagerAgent: { uninstallAfterBuild: false },
    });
    const kmsKeyId = keyArns(topology(stage))["key:data"];
    const ebs = { volumeSize: stage === "ha" ? 100 : 50, volumeType: "gp3", encrypted: "true", kmsKeyId, deleteOnTermination: "true" };
    expect(recipe().blockDeviceMappings).toEqual([{ deviceName: "/dev/sda1", ebs }]);
  });

  test("carries the program that was built, found by its checksum in the state bucket", () => {
    const program = resource(graph(), "aws:s3/bucketObjectv2:BucketObjectv2", "NodeProgram");
    expect(program.inputs).toMatchObject({ bucket: `steward-123456789012-${stage}-state`, key: `image/steward-node/${builtProgram().program}.mjs` });
    expect(program.inputs.source).toEqual({ $file: "dist/node/steward-node.mjs" });
    expect(program.options.dependsOn).toEqual(expect.arrayContaining(["Encryption-state", "BucketPolicy-state"]));
  });

  test("is built where nothing comes in and there is a way out, by instances that Steward may not command", () => {
    const builder = only(graph(), BUILDER);
    const place = namesById(graph());
    expect(place.get(String(builder.subnetId))).toBe(stage === "ha" ? "steward-ha-nodes" : "steward-single-node-builder");
    expect((builder.securityGroupIds as string[]).map((id) => place.get(id))).toEqual([`steward-${stage}-node-builder`]);
    expect(builder).toMatchObject({
      instanceTypes: ["t3.large"],
      instanceProfileName: `steward-${stage}-node-builder`,
      instanceMetadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      terminateInstanceOnFailure: true,
    });
    expect(builder.resourceTags).not.toHaveProperty(["steward:stage"]);
  });

  test("has the date of its build in its name, says whose it is and what it may count for, and is encrypted with the data's key", () => {
    const [distribution, ...others] = only(graph(), "aws:imagebuilder/distributionConfiguration:DistributionConfiguration").distributions as Inputs[];
    expect(others).toEqual([]);
    expect(distribution).toEqual({
      region: "us-east-1",
      amiDistributionConfiguration: {
        name: `steward-${stage}-node {{ imagebuilder:buildDate }}`,
        amiTags: {
          Name: `steward-${stage}-node`,
          "steward:stage": stage,
          "steward:version": "2026.08.0",
          "steward:ubuntu": "22.04",
          "steward:r": "4.6.1",
          "steward:python": "3.14.7",
          "steward:image": "candidate",
        },
        kmsKeyId: keyArns(topology(stage))["key:data"],
      },
    });
  });

  test("is looked after every week, built when something has changed, and tested with a limit", () => {
    expect(only(graph(), PIPELINE)).toMatchObject({
      name: image.pipeline.name,
      status: image.pipeline.enabled ? "ENABLED" : "DISABLED",
      schedule: {
        scheduleExpression: image.pipeline.schedule,
        pipelineExecutionStartCondition: "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
        timezone: "Etc/UTC",
      },
      imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: image.pipeline.tests.timeoutMinutes },
    });
    expect(image.pipeline.tests.timeoutMinutes).toBeGreaterThanOrEqual(60);
  });

  test("is built only when its ways out, its program and its log groups are there", () => {
    const { inputs, options } = resource(graph(), PIPELINE);
    const { imageLogGroupName, pipelineLogGroupName } = inputs.loggingConfiguration as Record<string, string>;
    for (const name of [imageLogGroupName, pipelineLogGroupName]) {
      expect(name).toMatch(/^\/aws\/imagebuilder\//);
      expect(options.dependsOn).toContain(`Logs-${name}`);
    }
    expect(options.dependsOn).toEqual(expect.arrayContaining(["NodeProgram", "Route-public"]));
    expect(graph().outputs.imagePipeline).toMatch(/:image-pipeline\//);
  });

  test("is not built by a deploy", () => {
    expect(graph().resources.filter(({ type }) => type === "aws:imagebuilder/image:Image")).toEqual([]);
  });
});
