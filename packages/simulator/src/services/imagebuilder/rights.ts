import type * as sdk from "@aws-sdk/client-imagebuilder";
import { ACCOUNT_ID } from "../../account/account.ts";
import type { Right } from "../../account/operation.ts";
import { requestTagKeys, toCreateTagged, toPass } from "../../iam/tagging.ts";
import { arnOf } from "./state.ts";

/** Every resource that a request names by ARN. */
export const on = (action: string, resource: string | undefined, context: Right["context"] = {}): Right => ({
  action: `imagebuilder:${action}`,
  resources: [resource ?? "*"],
  context,
});

type Tags = Record<string, string> | undefined;
const make = (action: string, resource: string, tags: Tags, context: Record<string, string | string[]> = {}): Right[] =>
  toCreateTagged({ create: `imagebuilder:${action}`, tag: "imagebuilder:TagResource", resources: [resource], tags, context });

export const toCreateComponent = ({ name = "", semanticVersion = "", tags }: sdk.CreateComponentRequest): Right[] =>
  make("CreateComponent", arnOf("component", name, semanticVersion, "1"), tags);

/** A recipe's parts must be readable by whoever names them. A parent that is an AMI is nobody's of Image Builder. */
export const toCreateRecipe = ({ name = "", semanticVersion = "", parentImage = "", components = [], tags }: sdk.CreateImageRecipeRequest): Right[] => [
  ...make("CreateImageRecipe", arnOf("image-recipe", name, semanticVersion), tags),
  ...components.map(({ componentArn }) => on("GetComponent", withBuild(componentArn))),
  ...(parentImage.startsWith("arn:") ? [on("GetImage", withBuild(parentImage))] : []),
];

/** Policies see the build too: `*` where the request leaves it open. */
const withBuild = (named = ""): string => (named.split("/").length === 3 ? `${named}/*` : named);

export const toCreateInfrastructure = (input: sdk.CreateInfrastructureConfigurationRequest): Right[] => [
  ...make("CreateInfrastructureConfiguration", arnOf("infrastructure-configuration", input.name ?? ""), input.tags, infrastructureKeys(input)),
  { action: "iam:GetInstanceProfile", resources: [`arn:aws:iam::${ACCOUNT_ID}:instance-profile/${input.instanceProfileName}`] },
  ...toPass(`arn:aws:iam::${ACCOUNT_ID}:role/${input.instanceProfileName}`, "ec2.amazonaws.com"),
];

function infrastructureKeys({ resourceTags = {}, instanceMetadataOptions, snsTopicArn }: sdk.CreateInfrastructureConfigurationRequest) {
  const tags = Object.entries(resourceTags);
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`imagebuilder:CreatedResourceTag/${key}`, value])),
    ...(tags.length > 0 && { "imagebuilder:CreatedResourceTagKeys": tags.map(([key]) => key) }),
    ...(instanceMetadataOptions?.httpTokens && { "imagebuilder:Ec2MetadataHttpTokens": instanceMetadataOptions.httpTokens }),
    ...(snsTopicArn && { "imagebuilder:StatusTopicArn": snsTopicArn }),
  };
}

export const toCreateDistribution = ({ name = "", tags }: sdk.CreateDistributionConfigurationRequest): Right[] =>
  make("CreateDistributionConfiguration", arnOf("distribution-configuration", name), tags);

export const toCreatePipeline = (input: sdk.CreateImagePipelineRequest): Right[] => [
  ...make("CreateImagePipeline", arnOf("image-pipeline", input.name ?? ""), input.tags),
  on("GetImageRecipe", input.imageRecipeArn),
  on("GetInfrastructureConfiguration", input.infrastructureConfigurationArn),
  ...(input.distributionConfigurationArn ? [on("GetDistributionConfiguration", input.distributionConfigurationArn)] : []),
  ...toPass(input.executionRole, "imagebuilder.amazonaws.com"),
];

/** The tags are those of the image that the build makes. */
export const toStart = (pipeline: string | undefined, image: string, tags: Tags): Right[] => [
  on("StartImagePipelineExecution", pipeline, requestTagKeys(tags)),
  ...(Object.keys(tags ?? {}).length > 0 ? [on("TagResource", image, requestTagKeys(tags))] : []),
];
