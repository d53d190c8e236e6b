import { type AutoScalingClient, type AutoScalingGroup, paginateDescribeAutoScalingGroups } from "@aws-sdk/client-auto-scaling";
import {
  DescribeImageAttributeCommand,
  type DescribeLaunchTemplateVersionsRequest,
  type EC2Client,
  type Image,
  paginateDescribeImages,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplateVersions,
} from "@aws-sdk/client-ec2";
import { IMAGE_MARK, type ImageFacts, OwnImage } from "@steward/core/image/image-facts";
import { answered, calling } from "./failures.ts";
import { readImageSnapshots } from "./image-snapshot-reads.ts";

/** Most that EC2 and Auto Scaling give in one answer. */
const PAGE = { images: 1000, instances: 1000, templates: 200, groups: 100 };
/** Values that one filter takes. Source: EC2 user guide, "List and filter your resources". */
const FILTER_VALUES = 200;
/** Questions that are asked at once. */
const AT_ONCE = 10;

interface Asked {
  ec2: EC2Client;
  autoScaling: AutoScalingClient;
}

type Launchable = Omit<ImageFacts, "at" | "ledger" | "building">;

/**
 * The stage's images as EC2 has them, and who needs them: each read whole or not at all. A template of somebody's that names an image
 * by a parameter of Systems Manager is not seen to name it, nor is an old launch configuration.
 */
export async function readOwnImages(clients: Asked, stage: string): Promise<Launchable> {
  const images = await ownImages(clients.ec2, stage);
  const ids = images.map(({ imageId }) => imageId);
  const [shared, instances, templates, ofSnapshots] = await Promise.all([
    sharedOnes(clients.ec2, images),
    instancesOf(clients.ec2, ids),
    templatesOf(clients, ids),
    readImageSnapshots(clients.ec2, stage, images),
  ]);
  return { stage, images: images.map((image) => ({ ...image, shared: image.shared || shared.has(image.imageId) })), instances, templates, ...ofSnapshots };
}

const ownImages = (client: EC2Client, stage: string): Promise<OwnImage[]> =>
  calling(`describe the images of ${stage}`, () => {
    const query = { Owners: ["self"], Filters: [{ Name: `tag:${IMAGE_MARK.stage}`, Values: [stage] }], IncludeDeprecated: true, IncludeDisabled: true };
    return gathered(paginateDescribeImages({ client, pageSize: PAGE.images }, query), ({ Images = [] }) => Images.map(imageOf));
  });

/** A state that nobody knows here stops the whole view; so does one without a date. Anything but `disabled` protects, a cooldown too. */
const imageOf = ({ ImageId, Name = "", CreationDate, State, BlockDeviceMappings = [], Tags = [], ...rest }: Image): OwnImage =>
  OwnImage.parse({
    imageId: ImageId,
    name: Name,
    createdAt: CreationDate,
    state: State,
    snapshotIds: BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
    tags: Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
    shared: rest.Public === true,
    protected: (rest.DeregistrationProtection ?? "disabled") !== "disabled",
    lastLaunchedAt: rest.LastLaunchedTime ?? null,
  });

/** Only golden ones that can be launched: the others stay anyhow, and a disabled one is nobody else's any more. Source: EC2 API reference, "DisableImage". */
async function sharedOnes(client: EC2Client, images: readonly OwnImage[]): Promise<Set<string>> {
  const asked = images.filter(({ state, shared, tags }) => state === "available" && !shared && tags[IMAGE_MARK.golden] !== undefined);
  const found = new Set<string>();
  for (let from = 0; from < asked.length; from += AT_ONCE) {
    const answers = await Promise.all(asked.slice(from, from + AT_ONCE).map(async ({ imageId }) => ((await isShared(client, imageId)) ? imageId : [])));
    for (const imageId of answers.flat()) found.add(imageId);
  }
  return found;
}

/** One that has gone meanwhile is nobody's. */
const isShared = (client: EC2Client, ImageId: string): Promise<boolean> =>
  calling(`ask who may launch ${ImageId}`, async () => {
    try {
      const { LaunchPermissions = [] } = await client.send(new DescribeImageAttributeCommand({ ImageId, Attribute: "launchPermission" }));
      return LaunchPermissions.length > 0;
    } catch (error) {
      if (answered(error, "InvalidAMIID.NotFound") || answered(error, "InvalidAMIID.Unavailable")) return false;
      throw error;
    }
  });

/** Whatever their state, as long as EC2 shows them. */
const instancesOf = (client: EC2Client, imageIds: readonly string[]): Promise<ImageFacts["instances"]> =>
  calling("describe the instances of images", async () => {
    const found: ImageFacts["instances"] = [];
    for (let from = 0; from < imageIds.length; from += FILTER_VALUES) {
      const Filters = [{ Name: "image-id", Values: imageIds.slice(from, from + FILTER_VALUES) }];
      const pages = paginateDescribeInstances({ client, pageSize: PAGE.instances }, { Filters });
      const all = await gathered(pages, ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances));
      found.push(...all.map(({ InstanceId = "", ImageId = "" }) => ({ instanceId: InstanceId, imageId: ImageId })));
    }
    return found;
  });

type Version = ImageFacts["templates"][number];

/** Of those that name one of these images: the newest and the default version of every template, and each that a group names by its number. */
async function templatesOf({ ec2, autoScaling }: Asked, imageIds: readonly string[]): Promise<Version[]> {
  const [current, named] = await Promise.all([
    calling("describe the launch templates of the account", () => versions(ec2, { Versions: ["$Latest", "$Default"] })),
    calling("describe the groups of the account", () =>
      gathered(paginateDescribeAutoScalingGroups({ client: autoScaling, pageSize: PAGE.groups }, {}), ({ AutoScalingGroups = [] }) =>
        AutoScalingGroups.flatMap(specifications),
      ),
    ),
  ]);
  const byKey = new Map(named.map((one) => [JSON.stringify(one), one]));
  const all = [...current];
  for (const query of byKey.values()) all.push(...(await oneVersion(ec2, query)));
  const distinct = new Map(all.filter(({ imageId }) => imageIds.includes(imageId)).map((one) => [`${one.name} ${one.version}`, one]));
  return [...distinct.values()];
}

type Query = Pick<DescribeLaunchTemplateVersionsRequest, "LaunchTemplateId" | "LaunchTemplateName"> & { Versions: string[] };

/** Versions that a group names by their number: asked for by the template's id, or by its name where there is no other. */
function specifications({ LaunchTemplate, MixedInstancesPolicy }: AutoScalingGroup): Query[] {
  const mixed = MixedInstancesPolicy?.LaunchTemplate;
  const all = [LaunchTemplate, mixed?.LaunchTemplateSpecification, ...(mixed?.Overrides ?? []).map((override) => override.LaunchTemplateSpecification)];
  return all.flatMap((one) => {
    if (!/^\d+$/.test(one?.Version ?? "")) return [];
    const which = one?.LaunchTemplateId === undefined ? { LaunchTemplateName: one?.LaunchTemplateName } : { LaunchTemplateId: one.LaunchTemplateId };
    return [{ ...which, Versions: [one?.Version ?? ""] }];
  });
}

/** A group may name what is gone: it launches nothing from that. */
const GONE = ["InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound", "InvalidLaunchTemplateName.NotFoundException"];

const oneVersion = (client: EC2Client, query: Query): Promise<Version[]> =>
  calling(`describe launch template ${query.LaunchTemplateId ?? query.LaunchTemplateName}`, () =>
    versions(client, query).catch((error: unknown) => {
      if (GONE.some((code) => answered(error, code))) return [];
      throw error;
    }),
  );

const versions = (client: EC2Client, query: Query): Promise<Version[]> =>
  gathered(paginateDescribeLaunchTemplateVersions({ client, pageSize: PAGE.templates }, query), ({ LaunchTemplateVersions = [] }) =>
    LaunchTemplateVersions.flatMap(({ LaunchTemplateName: name = "", VersionNumber: version = 0, LaunchTemplateData }) =>
      LaunchTemplateData?.ImageId === undefined ? [] : [{ name, version, imageId: LaunchTemplateData.ImageId }],
    ),
  );

async function gathered<Page, T>(pages: AsyncIterable<Page>, of: (page: Page) => T[]): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...of(page));
  return found;
}
