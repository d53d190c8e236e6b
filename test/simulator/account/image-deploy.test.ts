import type { Topology } from "@steward/core/topology/topology";
import { apiOf } from "@steward/simulator/deploy/api";
import { type Deployed, deploy } from "@steward/simulator/deploy/deploy";
import { createAccount } from "@steward/simulator/simulated-account";
import { advanceUntil, drive } from "@steward/simulator/world/drive";
import { describe, expect, test } from "vitest";
import { haTopology, singleTopology } from "../../settings.ts";
import { notingFunctions } from "./deploy-fixture.ts";

async function deployed(topology: Topology) {
  const { seen, store } = notingFunctions();
  const world = createAccount({ code: store, seed: 1 });
  const done: Deployed = await drive(() => deploy(world, topology));
  return { world, seen, done, operator: apiOf(world.account, world.operator) };
}

describe.each([haTopology("demo"), singleTopology("demo")])("a deploy in $kind", (topology) => {
  test("leaves a pipeline that has built nothing yet", async () => {
    const { operator, done } = await deployed(topology);
    const { imagePipeline } = await drive(() => operator("imagebuilder", "GetImagePipeline", { imagePipelineArn: done.imagePipelineArn }));
    expect(imagePipeline).toMatchObject({ name: "steward-demo-node", status: "ENABLED", schedule: { scheduleExpression: topology.image.pipeline.schedule } });
    expect(imagePipeline?.lastRunStatus).toBeUndefined();
  });

  test("whose build comes to an image of this stage, encrypted, with the rights of its own builder and no others", async () => {
    const { operator, done, world } = await deployed(topology);
    await drive(() => operator("imagebuilder", "StartImagePipelineExecution", { imagePipelineArn: done.imagePipelineArn, clientToken: "first" }));
    const [build] = [...world.imageBuilder.builds.values()];
    await advanceUntil(() => ["AVAILABLE", "FAILED"].includes(build?.status ?? ""), 2 * 3_600_000);
    expect([build?.status, build?.reason]).toEqual(["AVAILABLE", undefined]);
    const { Images } = await drive(() => operator("ec2", "DescribeImages", { Owners: ["self"], Filters: [{ Name: "tag:steward:stage", Values: ["demo"] }] }));
    const tags = Object.fromEntries((Images?.[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    expect(tags).toMatchObject({ ...topology.image.distribution.imageTags, Ec2ImageBuilderArn: build?.arn });
    expect(Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs).toMatchObject({ Encrypted: true, VolumeSize: topology.image.recipe.rootVolume.gib });
  });

  test("is told of the end of a build", async () => {
    const { operator, done, seen } = await deployed(topology);
    await drive(() => operator("imagebuilder", "StartImagePipelineExecution", { imagePipelineArn: done.imagePipelineArn, clientToken: "first" }));
    const ends = () => seen.observe.filter((event) => (event as { source?: string }).source === "aws.imagebuilder");
    expect(await advanceUntil(() => ends().length > 0, 2 * 3_600_000)).toBe(true);
    expect(ends()).toMatchObject([{ detail: { state: { status: "AVAILABLE" } } }]);
  });
});
