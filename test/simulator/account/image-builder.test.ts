import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CancelImageCreationCommand,
  CreateComponentCommand,
  CreateDistributionConfigurationCommand,
  CreateImagePipelineCommand,
  type CreateImagePipelineCommandInput,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  GetImageCommand,
  GetImagePipelineCommand,
  ImagebuilderClient,
  ListImagePipelineImagesCommand,
  ListImagePipelinesCommand,
  StartImagePipelineExecutionCommand,
} from "@aws-sdk/client-imagebuilder";
import { allow as allowing, policy } from "@steward/core/topology/policy";
import { apiOf } from "@steward/simulator/deploy/api";
import { PPM_IMAGE } from "@steward/simulator/fleet/machine-image";
import { rightProblems } from "@steward/simulator/iam/validate";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { assert, beforeEach, describe, expect, test } from "vitest";
import { allow, aRole, refusal, settingsOf } from "./a-caller.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const PARENT = "arn:aws:imagebuilder:us-east-1:aws:image/ubuntu-server-24-lts-x86/x.x.x";
const IMAGE = "arn:aws:imagebuilder:us-east-1:123456789012:image/golden/1.0.0";
const token = (letter: string) => letter.repeat(32);

let world: ReturnType<typeof createAccount>;
let client: ImagebuilderClient;
let ec2: EC2Client;
/** What Image Builder has said of its images: state before, state now. */
let said: [string | undefined, string, string | undefined][];

beforeEach(() => {
  world = createAccount({ code: new Map(), seed: 5 });
  client = new ImagebuilderClient(settingsOf(world.account, world.operator));
  ec2 = new EC2Client(settingsOf(world.account, world.operator));
  world.account.roles.set("builder", policy(allowing(["imagebuilder:GetComponent"], ["*"]), allowing(["s3:GetObject"], ["*"])));
  said = [];
  const before = world.account.links.emit;
  world.account.links.emit = (event) => {
    if (event["detail-type"] === "EC2 Image Builder Image State Change") note(event);
    before(event);
  };
});

function note({ resources: [arn = ""], detail }: { resources: string[]; detail: unknown }): void {
  const { state, "previous-state": previous } = detail as { state: { status: string }; "previous-state": { status: string } };
  said.push([previous.status, state.status, arn.split("/").at(-1)]);
}

const DOCUMENT = JSON.stringify({ phases: [{ name: "build", steps: [{ name: "Get", action: "S3Download", inputs: [{ source: "s3://state/program" }] }] }] });

interface Given {
  schedule?: CreateImagePipelineCommandInput["schedule"];
  data?: string;
  kmsKeyId?: string;
}

/** A pipeline and everything that it is made of. */
async function pipelineOf({ schedule, data = "phases: []", kmsKeyId }: Given = {}): Promise<string> {
  const semanticVersion = "1.0.0";
  const { componentBuildVersionArn } = await client.send(new CreateComponentCommand({ name: "golden-system", semanticVersion, platform: "Linux", data }));
  const { imageRecipeArn } = await client.send(
    new CreateImageRecipeCommand({
      name: "golden",
      semanticVersion,
      parentImage: PARENT,
      components: [{ componentArn: componentBuildVersionArn }],
      blockDeviceMappings: [{ deviceName: "/dev/sda1", ebs: { volumeSize: 60, volumeType: "gp3", encrypted: true, deleteOnTermination: true } }],
    }),
  );
  const { infrastructureConfigurationArn } = await client.send(
    new CreateInfrastructureConfigurationCommand({ name: "golden-builder", instanceProfileName: "builder", instanceTypes: ["t3.large"] }),
  );
  const amiDistributionConfiguration = { name: "golden {{ imagebuilder:buildDate }}", amiTags: { "steward:stage": "demo" }, kmsKeyId };
  const { distributionConfigurationArn } = await client.send(
    new CreateDistributionConfigurationCommand({ name: "golden", distributions: [{ region: "us-east-1", amiDistributionConfiguration }] }),
  );
  const parts = { imageRecipeArn, infrastructureConfigurationArn, distributionConfigurationArn };
  const { imagePipelineArn } = await client.send(new CreateImagePipelineCommand({ name: "golden", ...parts, ...(schedule && { schedule }) }));
  assert(imagePipelineArn);
  return imagePipelineArn;
}

const start = async (imagePipelineArn: string, clientToken = token("a")) =>
  (await drive(() => client.send(new StartImagePipelineExecutionCommand({ imagePipelineArn, clientToken })))).imageBuildVersionArn;
const image = async (imageBuildVersionArn = `${IMAGE}/1`) => (await drive(() => client.send(new GetImageCommand({ imageBuildVersionArn })))).image;
const status = async () => (await image())?.state?.status;
const amis = async () => (await drive(() => ec2.send(new DescribeImagesCommand({ Owners: ["self"] })))).Images ?? [];
const ended = () => advanceUntil(() => said.some(([, now]) => ["AVAILABLE", "FAILED", "CANCELLED"].includes(now)), 120 * MINUTE);

describe("a build", () => {
  test("passes through its states in an hour or so, and tells of each", async () => {
    const pipeline = await drive(() => pipelineOf());
    expect(await start(pipeline)).toBe(`${IMAGE}/1`);
    expect(await status()).toBe("PENDING");
    await advance(30 * MINUTE);
    expect(await ended()).toBe(true);
    expect(said.map(([before, now]) => `${before} > ${now}`)).toEqual([
      "PENDING > CREATING",
      "CREATING > BUILDING",
      "BUILDING > TESTING",
      "TESTING > DISTRIBUTING",
      "DISTRIBUTING > AVAILABLE",
    ]);
    expect(await status()).toBe("AVAILABLE");
  });

  test("leaves an AMI with the distribution's name and tags, and the marks of Image Builder", async () => {
    const pipeline = await drive(() => pipelineOf());
    await start(pipeline);
    await ended();
    const [ami] = await amis();
    expect(ami).toMatchObject({ State: "available", Name: expect.stringMatching(/^golden 2026-01-05T09-\d\d-\d\d\.\d{3}Z$/), RootDeviceName: "/dev/sda1" });
    expect(Object.fromEntries((ami?.Tags ?? []).map(({ Key, Value }) => [Key, Value]))).toEqual({
      CreatedBy: "EC2 Image Builder",
      Ec2ImageBuilderArn: `${IMAGE}/1`,
      "steward:stage": "demo",
    });
    expect(ami?.BlockDeviceMappings?.[0]?.Ebs).toMatchObject({ VolumeSize: 60, Encrypted: true });
    expect((await image())?.outputResources?.amis).toEqual([{ region: "us-east-1", image: ami?.ImageId, name: ami?.Name, accountId: "123456789012" }]);
  });

  test("makes the image that was asked for, and the next one the default", async () => {
    const pipeline = await drive(() => pipelineOf());
    world.imageBuilder.next = { image: { service: "crashes" } };
    await start(pipeline);
    await ended();
    await start(pipeline, token("b"));
    await advance(90 * MINUTE);
    const made = (await amis()).map(({ ImageId = "" }) => world.dependencies.images.get(ImageId)?.service);
    expect(made).toEqual(["crashes", PPM_IMAGE.service]);
  });

  test("that fails its tests leaves no AMI, says why, and is told", async () => {
    const pipeline = await drive(() => pipelineOf());
    world.imageBuilder.next = { fails: "Package Manager does not answer" };
    await start(pipeline);
    await ended();
    expect((await image())?.state).toEqual({
      status: "FAILED",
      reason: expect.stringMatching(/^Workflow Execution ID: 'wf-.* failed with reason: Package Manager/),
    });
    expect(said.at(-1)).toEqual(["TESTING", "FAILED", "1"]);
    expect(await amis()).toEqual([]);
  });

  test("fails while it builds where its instance does not get what it downloads", async () => {
    const pipeline = await drive(() => pipelineOf({ data: DOCUMENT }));
    await start(pipeline);
    await ended();
    expect(said.at(-1)).toEqual(["BUILDING", "FAILED", "1"]);
    expect((await image())?.state?.reason).toContain("bucket");
  });

  test("finds what it downloads with the role of its instance", async () => {
    const operator = apiOf(world.account, world.operator);
    await drive(async () => {
      await operator("s3", "CreateBucket", { Bucket: "state" });
      await operator("s3", "PutObject", { Bucket: "state", Key: "program", Body: new Uint8Array([1]) });
    });
    await start(await drive(() => pipelineOf({ data: DOCUMENT })));
    await ended();
    expect(said.at(-1)?.[1]).toBe("AVAILABLE");
  });

  test("fails where the key of its images lets Image Builder's own role do nothing", async () => {
    const operator = apiOf(world.account, world.operator);
    const Statement = [{ Effect: "Allow", Principal: { AWS: [world.operator.arn] }, Action: ["kms:DescribeKey", "kms:PutKeyPolicy"], Resource: ["*"] }];
    const { KeyMetadata } = await drive(() => operator("kms", "CreateKey", { Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }));
    await start(await drive(() => pipelineOf({ kmsKeyId: KeyMetadata?.Arn ?? "" })));
    await ended();
    expect(said.at(-1)?.slice(0, 2)).toEqual(["DISTRIBUTING", "FAILED"]);
    expect((await amis()).map(({ State }) => State)).toEqual(["failed"]);
  });

  test("ends when it is cancelled, and can't be cancelled twice", async () => {
    const pipeline = await drive(() => pipelineOf());
    await start(pipeline);
    await advance(10 * MINUTE);
    const cancel = () => client.send(new CancelImageCreationCommand({ imageBuildVersionArn: `${IMAGE}/1`, clientToken: token("c") }));
    await drive(cancel);
    await advance(120 * MINUTE);
    expect(await status()).toBe("CANCELLED");
    expect(await amis()).toEqual([]);
    expect(await refusal(cancel)).toMatchObject({ name: "ResourceInUseException" });
  });
});

describe("starting a pipeline", () => {
  test("starts one build for one token, and counts the builds of a version", async () => {
    const pipeline = await drive(() => pipelineOf());
    expect(await start(pipeline)).toBe(await start(pipeline));
    expect(await start(pipeline, token("b"))).toBe(`${IMAGE}/2`);
    const { imageSummaryList } = await drive(() => client.send(new ListImagePipelineImagesCommand({ imagePipelineArn: pipeline })));
    expect(imageSummaryList?.map(({ version, buildType }) => [version, buildType])).toEqual([
      ["1.0.0/1", "USER_INITIATED"],
      ["1.0.0/2", "USER_INITIATED"],
    ]);
  });

  test("refuses a token that is too long and a pipeline that is not there", async () => {
    const pipeline = await drive(() => pipelineOf());
    const send = (imagePipelineArn: string, clientToken: string) => client.send(new StartImagePipelineExecutionCommand({ imagePipelineArn, clientToken }));
    expect(await refusal(() => send(pipeline, "x".repeat(37)))).toMatchObject({ name: "InvalidParameterValueException" });
    expect(await refusal(() => send(`${pipeline}-other`, token("a")))).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("asks for the right on that pipeline", async () => {
    const pipeline = await drive(() => pipelineOf());
    const other = aRole(world.account, "other", allow("imagebuilder:StartImagePipelineExecution", `${pipeline}-other`));
    const theirs = new ImagebuilderClient(settingsOf(world.account, other));
    const send = () => theirs.send(new StartImagePipelineExecutionCommand({ imagePipelineArn: pipeline, clientToken: token("a") }));
    expect(await refusal(send)).toMatchObject({ name: "AccessDeniedException", status: 403 });
    expect(world.imageBuilder.builds.size).toBe(0);
  });
});

describe("a schedule", () => {
  const weekly = (pipelineExecutionStartCondition: "EXPRESSION_MATCH_ONLY" | "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE") => ({
    scheduleExpression: "cron(0 4 ? * mon *)",
    timezone: "Etc/UTC",
    pipelineExecutionStartCondition,
  });
  const builds = () => [...world.imageBuilder.builds.values()].map(({ buildType, created }) => [buildType, created.toISOString().slice(0, 13)]);

  test("builds every time", async () => {
    await drive(() => pipelineOf({ schedule: weekly("EXPRESSION_MATCH_ONLY") }));
    await advance(15 * DAY);
    expect(builds()).toEqual([
      ["SCHEDULED", "2026-01-12T04"],
      ["SCHEDULED", "2026-01-19T04"],
    ]);
  });

  test("builds only what is new: first of all everything, then a parent that AWS has published", async () => {
    const pipeline = await drive(() => pipelineOf({ schedule: weekly("EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE") }));
    await advance(15 * DAY);
    expect(builds()).toEqual([["SCHEDULED", "2026-01-12T04"]]);
    world.imageBuilder.publish("ubuntu-server-24-lts-x86", "2026.1.19");
    await advance(7 * DAY);
    expect(builds()[1]).toEqual(["SCHEDULED", "2026-01-26T04"]);
    const { imagePipeline } = await drive(() => client.send(new GetImagePipelineCommand({ imagePipelineArn: pipeline })));
    expect(imagePipeline).toMatchObject({ name: "golden", lastRunStatus: "AVAILABLE", dateNextRun: "2026-02-02T04:00:00.000Z" });
  });

  test("of a disabled pipeline starts nothing", async () => {
    const pipeline = await drive(() => pipelineOf());
    const { imagePipelineList = [] } = await drive(() => client.send(new ListImagePipelinesCommand({})));
    expect(imagePipelineList.map(({ arn }) => arn)).toEqual([pipeline]);
    const { name: _name, ...parts } = imagePipelineList[0] as Required<CreateImagePipelineCommandInput>;
    const { imageRecipeArn, infrastructureConfigurationArn } = parts;
    const disabled = { name: "asleep", status: "DISABLED", schedule: weekly("EXPRESSION_MATCH_ONLY"), imageRecipeArn, infrastructureConfigurationArn } as const;
    await drive(() => client.send(new CreateImagePipelineCommand(disabled)));
    await advance(8 * DAY);
    expect(builds()).toEqual([]);
  });
});

describe("making the parts", () => {
  const component = { name: "golden-system", semanticVersion: "1.0.0", platform: "Linux", data: "phases: []" } as const;

  test("never changes what is there", async () => {
    await drive(() => pipelineOf());
    expect(await refusal(() => client.send(new CreateComponentCommand({ ...component, data: "other" })))).toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The following resource 'Component' already exists: 'arn:aws:imagebuilder:us-east-1:123456789012:component/golden-system/1.0.0/1'.",
    });
  });

  test.each([
    ["InvalidVersionNumberException", new CreateComponentCommand({ ...component, semanticVersion: "1.0" })],
    ["InvalidVersionNumberException", new CreateComponentCommand({ ...component, semanticVersion: "1.0.1073741824" })],
    ["InvalidParameterValueException", new CreateComponentCommand({ ...component, data: "x".repeat(16_001) })],
    ["InvalidParameterCombinationException", new CreateComponentCommand({ ...component, uri: "s3://state/component" })],
    ["InvalidParameterValueException", new CreateImageRecipeCommand({ name: "golden", semanticVersion: "1.0.0", parentImage: "ubuntu" })],
    ["InvalidParameterValueException", new CreateInfrastructureConfigurationCommand({ name: "golden", instanceProfileName: "nobody" })],
    [
      "InvalidParameterValueException",
      new CreateInfrastructureConfigurationCommand({ name: "golden", instanceProfileName: "builder", resourceTags: { CreatedBy: "me" } }),
    ],
    [
      "InvalidParameterCombinationException",
      new CreateInfrastructureConfigurationCommand({ name: "golden", instanceProfileName: "builder", subnetId: "subnet-1" }),
    ],
  ])("refuses with %s what does not fit", async (name, command) => {
    expect(await refusal(() => client.send(command as CreateComponentCommand))).toMatchObject({ name });
  });

  test("asks only for rights that AWS's reference knows", async () => {
    await start(await drive(() => pipelineOf()));
    await ended();
    expect(world.rights.decisions.flatMap(({ right }) => rightProblems(right))).toEqual([]);
  });
});
