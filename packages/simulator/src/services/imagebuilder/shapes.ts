import type * as sdk from "@aws-sdk/client-imagebuilder";
import { ACCOUNT_ID } from "../../account/account.ts";
import { nextRun } from "./schedule.ts";
import type { Build, Component, ImageBuilderState, Pipeline } from "./state.ts";

export const componentShape = ({ arn, created, given }: Component): sdk.Component => ({
  arn,
  name: given.name,
  version: given.semanticVersion,
  description: given.description,
  platform: given.platform,
  type: "BUILD",
  owner: ACCOUNT_ID,
  data: given.data,
  encrypted: true,
  dateCreated: created.toISOString(),
  tags: given.tags ?? {},
});

/** What every list says of a build. */
export const imageSummary = ({ arn, recipe, status, reason, created, buildType, amis, tags }: Build): sdk.ImageSummary => ({
  arn,
  name: recipe.given.name,
  type: "AMI",
  version: versionOf(arn),
  platform: "Linux",
  state: { status, ...(reason !== undefined && { reason }) },
  owner: ACCOUNT_ID,
  dateCreated: created.toISOString(),
  outputResources: { amis },
  tags,
  buildType,
  imageSource: "CUSTOM",
});

/** `<major>.<minor>.<patch>/<build>`, as the end of the ARN. */
const versionOf = (arn: string): string => arn.split("/").slice(2).join("/");

export function imageShape(build: Build): sdk.Image {
  const { owner: _owner, deprecationTime: _never, ...summary } = imageSummary(build);
  const { recipe, pipeline } = build;
  return {
    ...summary,
    sourcePipelineName: pipeline.given.name,
    sourcePipelineArn: pipeline.arn,
    imageTestsConfiguration: pipeline.given.imageTestsConfiguration,
    imageRecipe: {
      arn: recipe.arn,
      name: recipe.given.name,
      type: "AMI",
      platform: "Linux",
      owner: ACCOUNT_ID,
      version: recipe.given.semanticVersion,
      components: recipe.given.components,
      parentImage: recipe.given.parentImage,
      blockDeviceMappings: recipe.given.blockDeviceMappings,
      dateCreated: recipe.created.toISOString(),
    },
  };
}

export function pipelineShape({ builds }: ImageBuilderState, pipeline: Pipeline): sdk.ImagePipeline {
  const { arn, created, given, lastRun } = pipeline;
  const last = [...builds.values()].filter((build) => build.pipeline === pipeline).at(-1);
  return {
    arn,
    name: given.name,
    description: given.description,
    platform: "Linux",
    imageRecipeArn: given.imageRecipeArn,
    infrastructureConfigurationArn: given.infrastructureConfigurationArn,
    distributionConfigurationArn: given.distributionConfigurationArn,
    imageTestsConfiguration: given.imageTestsConfiguration,
    schedule: given.schedule,
    status: given.status ?? "ENABLED",
    loggingConfiguration: given.loggingConfiguration,
    dateCreated: created.toISOString(),
    dateUpdated: created.toISOString(),
    dateLastRun: lastRun?.toISOString(),
    lastRunStatus: last?.status,
    dateNextRun: nextRun(pipeline)?.toISOString(),
    tags: given.tags ?? {},
  };
}
