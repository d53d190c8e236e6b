import type * as sdk from "@aws-sdk/client-imagebuilder";
import { ACCOUNT_ID, REGION } from "../../account/account.ts";
import { between, hex } from "../../world/chance.ts";
import { announce } from "./events.ts";
import { fetchInputs } from "./inputs.ts";
import { SERVICE_ROLE } from "./service-role.ts";
import { arnOf, type Build, dependenciesOf, find, type ImageBuilderState, type Pipeline } from "./state.ts";

const MINUTE_MS = 60_000;
/** How long a build stays in each state; AWS publishes none (assumed for an image with a few installations and one round of tests). Distribution takes as long as EC2 takes to copy the image. */
const TAKES = {
  PENDING: [5_000, 30_000],
  CREATING: [MINUTE_MS, 3 * MINUTE_MS],
  BUILDING: [25 * MINUTE_MS, 40 * MINUTE_MS],
  TESTING: [10 * MINUTE_MS, 20 * MINUTE_MS],
} as const;

/** Every state in which a build still goes on. */
const UNDER_WAY: readonly sdk.ImageStatus[] = ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING"];
export const isUnderWay = ({ status }: Build): boolean => UNDER_WAY.includes(status);

/** The ARN of the build that would start now: builds of one version are counted. */
export function nextArn({ builds, recipes }: ImageBuilderState, pipeline: Pipeline): string {
  const { name = "", semanticVersion = "" } = find(recipes, pipeline.given.imageRecipeArn).given;
  const version = arnOf("image", name, semanticVersion);
  return `${version}/${[...builds.keys()].filter((arn) => arn.startsWith(`${version}/`)).length + 1}`;
}

/** Starts a build; what becomes of it is decided now, and seen as it goes. */
export function startBuild(
  state: ImageBuilderState,
  pipeline: Pipeline,
  { buildType, tags = {} }: { buildType: Build["buildType"]; tags?: Record<string, string> },
): Build {
  const recipe = find(state.recipes, pipeline.given.imageRecipeArn);
  const created = new Date();
  const build: Build = { arn: nextArn(state, pipeline), pipeline, recipe, created, buildType, status: "PENDING", tags, amis: [], plan: state.next };
  state.next = {};
  pipeline.built = dependenciesOf(state, recipe);
  pipeline.lastRun = created;
  state.builds.set(build.arn, build);
  void run(state, build);
  return build;
}

/** Ends where somebody has cancelled it. */
async function run(state: ImageBuilderState, build: Build): Promise<void> {
  await pass("PENDING");
  if (!move(state, build, "PENDING", "CREATING")) return;
  await pass("CREATING");
  if (!move(state, build, "CREATING", "BUILDING")) return;
  const missing = await fetchInputs(state, build);
  await pass("BUILDING");
  if (missing !== undefined || failsIn(build, "BUILDING")) return fail(state, build, missing ?? build.plan.fails);
  if (build.pipeline.given.imageTestsConfiguration?.imageTestsEnabled !== false) {
    if (!move(state, build, "BUILDING", "TESTING")) return;
    await pass("TESTING");
    if (failsIn(build, "TESTING")) return fail(state, build, build.plan.fails);
  }
  if (move(state, build, build.status, "DISTRIBUTING")) await distribute(state, build);
}

const failsIn = ({ plan }: Build, status: NonNullable<Build["plan"]["failsIn"]>): boolean => plan.fails !== undefined && (plan.failsIn ?? "TESTING") === status;

function pass(status: keyof typeof TAKES): Promise<void> {
  const [shortest, longest] = TAKES[status];
  return new Promise((resolve) => setTimeout(resolve, between(shortest, longest)));
}

/** Goes on only from the state that it was left in. */
export function move({ account }: ImageBuilderState, build: Build, from: sdk.ImageStatus, to: sdk.ImageStatus): boolean {
  if (build.status !== from || !isUnderWay(build)) return false;
  build.status = to;
  announce(account, build, from);
  return true;
}

/** In the words in which Image Builder passes on why a workflow failed. */
function fail(state: ImageBuilderState, build: Build, because = "the workflow ended with an error"): void {
  if (!isUnderWay(build)) return;
  build.reason = `Workflow Execution ID: 'wf-${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}' failed with reason: ${because}`;
  move(state, build, build.status, "FAILED");
}

/** Makes the image in EC2, named, tagged and encrypted as the distribution says, and what is in it for whoever launches it. */
async function distribute(state: ImageBuilderState, build: Build): Promise<void> {
  const wish = imageOf(state, build);
  const { id, isAvailable } = await state.account.links.registerImage(wish, SERVICE_ROLE);
  if (build.status !== "DISTRIBUTING") return;
  if (!isAvailable) return fail(state, build, `AMI ${id} did not become available: the KMS key ${wish.keyId} can't be used`);
  state.shared.images.set(id, { ...state.shared.defaultImage, ...build.plan.image });
  build.amis = [{ region: REGION, image: id, name: wish.name, accountId: ACCOUNT_ID }];
  move(state, build, "DISTRIBUTING", "AVAILABLE");
}

/** The distribution's key is the one that counts; without one the disk keeps the recipe's. */
function imageOf(state: ImageBuilderState, { arn, pipeline, recipe, created }: Build) {
  const { blockDeviceMappings: [root] = [], name: recipeName = "" } = recipe.given;
  const distribution = state.distributions.get(pipeline.given.distributionConfigurationArn ?? "");
  const ami = distribution?.given.distributions?.[0]?.amiDistributionConfiguration;
  const keyId = ami?.kmsKeyId ?? root?.ebs?.kmsKeyId;
  return {
    name: (ami?.name ?? `${recipeName} {{ imagebuilder:buildDate }}`).replace(/\{\{\s*imagebuilder:buildDate\s*\}\}/g, buildDate(created)),
    description: ami?.description,
    rootDevice: root?.deviceName ?? "/dev/sda1",
    volumeType: root?.ebs?.volumeType ?? ("gp2" as const),
    sizeGib: root?.ebs?.volumeSize ?? 8,
    encrypted: keyId !== undefined || root?.ebs?.encrypted === true,
    keyId,
    tags: { CreatedBy: "EC2 Image Builder", Ec2ImageBuilderArn: arn, ...ami?.amiTags },
  };
}

/** As in the names of images, where a colon is not allowed: `2026-01-05T09-00-00.000Z`. */
const buildDate = (at: Date): string => at.toISOString().replaceAll(":", "-");
