import { createImages } from "@steward/aws/images";
import { Permanent, Retryable } from "@steward/core/errors";
import { describe, expect, test } from "vitest";
import { refuse, stubAws } from "./stub-aws.ts";

const PIPELINE = "arn:aws:imagebuilder:eu-central-1:123456789012:image-pipeline/steward-demo-node";
const TAGS = { "steward:version": "2026.08.0", "steward:ubuntu": "24.04", "steward:r": "4.6.1 4.5.2", "steward:python": "3.14.7", Name: "x" };
const VERSIONS = { packageManager: "2026.08.0", ubuntu: "24.04", r: "4.6.1 4.5.2", python: "3.14.7" };

const tagged = (tags: object) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const summary = (day: number, status: string | undefined, but: object = {}) => ({
  arn: `arn:${day}`,
  dateCreated: `2026-05-${String(day).padStart(2, "0")}T03:00:00.000Z`,
  state: status && { status },
  outputResources: { amis: [{ image: `ami-${day}` }] },
  ...but,
});

function given(summaries: object[], tags: Record<string, object> = {}) {
  const aws = stubAws({
    ListImagePipelineImages: (_input, calls) => ({
      imageSummaryList: summaries.slice(calls * 2, calls * 2 + 2),
      nextToken: summaries.length > calls * 2 + 2 ? "more" : undefined,
    }),
    DescribeImages: () => ({ Images: Object.entries(tags).map(([ImageId, own]) => ({ ImageId, Tags: tagged(own) })) }),
    StartImagePipelineExecution: () => ({}),
  });
  return { ...aws, images: createImages(aws.clients, PIPELINE) };
}

describe("builds", () => {
  test("come newest first, over pages, with what their image says of itself", async () => {
    const { images, inputs } = given(
      [summary(1, "AVAILABLE"), summary(3, "BUILDING"), summary(2, "FAILED", { state: { status: "FAILED", reason: "apt-get failed" } })],
      {
        "ami-1": TAGS,
      },
    );
    expect(await images.builds()).toEqual([
      { arn: "arn:3", state: "under-way", status: "BUILDING", reason: null, startedAt: new Date("2026-05-03T03:00:00Z"), imageId: null, versions: null },
      { arn: "arn:2", state: "failed", status: "FAILED", reason: "apt-get failed", startedAt: new Date("2026-05-02T03:00:00Z"), imageId: null, versions: null },
      {
        arn: "arn:1",
        state: "available",
        status: "AVAILABLE",
        reason: null,
        startedAt: new Date("2026-05-01T03:00:00Z"),
        imageId: "ami-1",
        versions: VERSIONS,
      },
    ]);
    expect(inputs("DescribeImages")).toMatchObject([{ Owners: ["self"], Filters: [{ Name: "image-id", Values: ["ami-1"] }], IncludeDisabled: true }]);
    expect(inputs("ListImagePipelineImages")[0]).toMatchObject({ imagePipelineArn: PIPELINE });
  });

  test.each([
    ["PENDING", "under-way"],
    ["CREATING", "under-way"],
    ["BUILDING", "under-way"],
    ["TESTING", "under-way"],
    ["DISTRIBUTING", "under-way"],
    ["INTEGRATING", "under-way"],
    [undefined, "under-way"],
    ["AVAILABLE", "available"],
    ["CANCELLED", "gone"],
    ["FAILED", "failed"],
    ["DEPRECATED", "gone"],
    ["DELETED", "gone"],
    ["DISABLED", "gone"],
  ])("that Image Builder calls %s are %s", async (status, state) => {
    expect(await given([summary(1, status)], { "ami-1": TAGS }).images.builds()).toMatchObject([{ state, imageId: state === "available" ? "ami-1" : null }]);
  });

  test("have no image that is not tested yet, and EC2 is not asked for it", async () => {
    const { images, inputs } = given([summary(1, "TESTING")]);
    expect(await images.builds()).toMatchObject([{ imageId: null, versions: null }]);
    expect(inputs("DescribeImages")).toEqual([]);
  });

  test("have no image that EC2 does not know (any more)", async () => {
    expect(await given([summary(1, "AVAILABLE")]).images.builds()).toMatchObject([{ state: "available", imageId: null, versions: null }]);
  });

  test.each([{}, { amis: [] }, { amis: [{}] }])("have no image where the output is %j", async (outputResources) => {
    expect(await given([summary(1, "AVAILABLE", { outputResources })]).images.builds()).toMatchObject([{ imageId: null }]);
  });

  test.each(["steward:version", "steward:ubuntu", "steward:r", "steward:python"])("say nothing of an image without the tag %s", async (missing) => {
    const tags = Object.fromEntries(Object.entries(TAGS).filter(([key]) => key !== missing));
    expect(await given([summary(1, "AVAILABLE")], { "ami-1": tags }).images.builds()).toMatchObject([{ imageId: "ami-1", versions: null }]);
  });

  test("without R or Python are read as such", async () => {
    const tags = { ...TAGS, "steward:r": "", "steward:python": "" };
    expect(await given([summary(1, "AVAILABLE")], { "ami-1": tags }).images.builds()).toMatchObject([{ versions: { r: "", python: "" } }]);
  });

  test("are the newest twenty", async () => {
    const all = await given(Array.from({ length: 27 }, (_, index) => summary(index + 1, "FAILED"))).images.builds();
    expect([all.length, all[0]?.arn, all.at(-1)?.arn]).toEqual([20, "arn:27", "arn:8"]);
  });

  test("that can't be listed are a failure, and not none", async () => {
    const { clients } = stubAws({ ListImagePipelineImages: refuse("ServiceUnavailableException", "busy", 503) });
    await expect(createImages(clients, PIPELINE).builds()).rejects.toBeInstanceOf(Retryable);
  });
});

describe("the pipeline", () => {
  test("is started with a token that makes a repetition the same build", async () => {
    const { images, inputs } = given([]);
    await images.build("token");
    expect(inputs("StartImagePipelineExecution")).toEqual([{ imagePipelineArn: PIPELINE, clientToken: "token" }]);
  });

  test("that is not there is a failure", async () => {
    const { clients } = stubAws({ StartImagePipelineExecution: refuse("ResourceNotFoundException", "no such pipeline", 404) });
    await expect(createImages(clients, PIPELINE).build("token")).rejects.toBeInstanceOf(Permanent);
  });
});
