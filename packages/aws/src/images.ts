import { type EC2Client, paginateDescribeImages } from "@aws-sdk/client-ec2";
import { type ImagebuilderClient, type ImageSummary, paginateListImagePipelineImages, StartImagePipelineExecutionCommand } from "@aws-sdk/client-imagebuilder";
import type { ImageBuild, ImageVersions } from "@steward/core/image/ledger";
import { calling } from "./failures.ts";

/** Builds that are looked at, newest first: older ones decide nothing any more. */
const NEWEST = 20;

/** Image Builder's words for an image that somebody stopped or took away. Source: Image Builder API reference, ImageState. */
const GONE = new Set(["CANCELLED", "DELETED", "DEPRECATED", "DISABLED"]);

const STATES: Record<string, ImageBuild["state"]> = { AVAILABLE: "available", FAILED: "failed" };

export type Images = ReturnType<typeof createImages>;

/** The pipeline of the golden image and what came of it. */
export function createImages({ imageBuilder, ec2 }: { imageBuilder: ImagebuilderClient; ec2: EC2Client }, imagePipelineArn: string) {
  async function summaries(): Promise<ImageSummary[]> {
    const found: ImageSummary[] = [];
    for await (const page of paginateListImagePipelineImages({ client: imageBuilder, pageSize: 25 }, { imagePipelineArn }))
      found.push(...(page.imageSummaryList ?? []));
    return found.toSorted((a, b) => (b.dateCreated ?? "").localeCompare(a.dateCreated ?? "")).slice(0, NEWEST);
  }

  /** Tags by image id, of disabled ones too; an image that EC2 does not know (any more) is left out. */
  async function tags(imageIds: string[]): Promise<Map<string, Record<string, string>>> {
    if (imageIds.length === 0) return new Map();
    const query = { Owners: ["self"], Filters: [{ Name: "image-id", Values: imageIds }], IncludeDeprecated: true, IncludeDisabled: true };
    const found = new Map<string, Record<string, string>>();
    for await (const { Images = [] } of paginateDescribeImages({ client: ec2, pageSize: 1000 }, query))
      for (const { ImageId = "", Tags = [] } of Images) found.set(ImageId, Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])));
    return found;
  }

  return {
    /** Newest first; an image counts as there only when its tests are over and EC2 has it. */
    builds: (): Promise<ImageBuild[]> =>
      calling("list the images of the pipeline", async () => {
        const all = await summaries();
        const ids = all.flatMap((summary) => imageIdOf(summary) ?? []);
        const known = await tags(ids);
        return all.map((summary) => buildOf(summary, known));
      }),

    /** ARNs of the builds that are not over yet, and the images that Image Builder names as theirs already. */
    underWay: (): Promise<{ builds: string[]; imageIds: string[] }> =>
      calling("list the images of the pipeline", async () => {
        const all = (await summaries()).filter(({ state }) => STATES[state?.status ?? "PENDING"] === undefined && !GONE.has(state?.status ?? ""));
        const imageIds = all.flatMap(({ outputResources }) => outputResources?.amis?.flatMap(({ image }) => image ?? []) ?? []);
        return { builds: all.map(({ arn = "" }) => arn), imageIds };
      }),

    /** The token makes a repetition the same build. */
    build: async (clientToken: string): Promise<void> => {
      await calling("start the pipeline of the golden image", () =>
        imageBuilder.send(new StartImagePipelineExecutionCommand({ imagePipelineArn, clientToken })),
      );
    },
  };
}

const imageIdOf = ({ state, outputResources }: ImageSummary): string | undefined =>
  state?.status === "AVAILABLE" ? outputResources?.amis?.find(({ image }) => image !== undefined)?.image : undefined;

function buildOf(summary: ImageSummary, known: Map<string, Record<string, string>>): ImageBuild {
  const status = summary.state?.status ?? "PENDING";
  const imageId = imageIdOf(summary);
  const tags = imageId === undefined ? undefined : known.get(imageId);
  return {
    arn: summary.arn ?? "",
    state: STATES[status] ?? (GONE.has(status) ? "gone" : "under-way"),
    status,
    reason: summary.state?.reason ?? null,
    startedAt: new Date(summary.dateCreated ?? 0),
    imageId: tags ? (imageId ?? null) : null,
    versions: tags ? versionsOf(tags) : null,
  };
}

/** What the pipeline's distribution wrote on the image; one that lacks any of it is none of this pipeline's making. */
function versionsOf(tags: Record<string, string>): ImageVersions | null {
  const { "steward:version": packageManager, "steward:ubuntu": ubuntu, "steward:r": r, "steward:python": python } = tags;
  return packageManager === undefined || ubuntu === undefined || r === undefined || python === undefined ? null : { packageManager, ubuntu, r, python };
}
