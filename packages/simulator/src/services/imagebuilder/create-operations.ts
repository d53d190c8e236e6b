import type * as module from "@aws-sdk/client-imagebuilder";
import { requestId } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { toCreateComponent, toCreateDistribution, toCreateInfrastructure, toCreatePipeline, toCreateRecipe } from "./rights.ts";
import { arm, scheduleOf } from "./schedule.ts";
import { arnOf, checkName, componentOf, find, type ImageBuilderState, isManaged, keep, notValid } from "./state.ts";

/** Source: API reference, "CreateComponent": characters of an inline document. */
const MOST_DATA = 16_000;
/** Source: user guide, "Manage recipes in Image Builder": components in a recipe. */
const MOST_COMPONENTS = 20;

/** Everything that a pipeline is made of, and the pipeline. */
export const createOperations = (state: ImageBuilderState): Operations<typeof module> => ({
  CreateComponent: {
    rights: toCreateComponent,
    run: (given) => {
      if ((given.data === undefined) === (given.uri === undefined))
        throw new AwsError("InvalidParameterCombinationException", "Exactly one of the parameters 'data' and 'uri' must be given.");
      if ((given.data?.length ?? 0) > MOST_DATA) throw notValid("data", `It must have length less than or equal to ${MOST_DATA}.`);
      const arn = arnOf("component", checkName(given.name, given.semanticVersion), given.semanticVersion ?? "", "1");
      keep(state.components, "Component", { arn, created: new Date(), given });
      return { ...answer(given), componentBuildVersionArn: arn };
    },
  },
  CreateImageRecipe: {
    rights: toCreateRecipe,
    run: (given) => {
      const arn = arnOf("image-recipe", checkName(given.name, given.semanticVersion), given.semanticVersion ?? "");
      checkRecipe(state, given);
      keep(state.recipes, "ImageRecipe", { arn, created: new Date(), given });
      return { ...answer(given), imageRecipeArn: arn };
    },
  },
  CreateInfrastructureConfiguration: {
    rights: toCreateInfrastructure,
    run: (given) => {
      const arn = arnOf("infrastructure-configuration", checkName(given.name));
      checkInfrastructure(state, given);
      keep(state.infrastructures, "InfrastructureConfiguration", { arn, created: new Date(), given });
      return { ...answer(given), infrastructureConfigurationArn: arn };
    },
  },
  CreateDistributionConfiguration: {
    rights: toCreateDistribution,
    run: (given) => {
      const arn = arnOf("distribution-configuration", checkName(given.name));
      checkDistribution(given);
      keep(state.distributions, "DistributionConfiguration", { arn, created: new Date(), given });
      return { ...answer(given), distributionConfigurationArn: arn };
    },
  },
  CreateImagePipeline: {
    rights: toCreatePipeline,
    run: (given) => {
      if (given.containerRecipeArn || given.workflows?.length) throw notModelled("container recipes and workflows of one's own");
      find(state.recipes, given.imageRecipeArn);
      find(state.infrastructures, given.infrastructureConfigurationArn);
      if (given.distributionConfigurationArn) find(state.distributions, given.distributionConfigurationArn);
      scheduleOf(given);
      const pipeline = keep(state.pipelines, "ImagePipeline", { arn: arnOf("image-pipeline", checkName(given.name)), created: new Date(), given });
      arm(state, pipeline);
      return { ...answer(given), imagePipelineArn: pipeline.arn };
    },
  },
});

const answer = ({ clientToken }: { clientToken?: string | undefined }) => ({ requestId: requestId(), clientToken });
const notModelled = (what: string): AwsError => new AwsError("UnknownOperationException", `the simulated account does not model ${what}`, 501);

function checkRecipe(state: ImageBuilderState, { components = [], parentImage = "", blockDeviceMappings = [] }: module.CreateImageRecipeRequest): void {
  if (components.length > MOST_COMPONENTS) throw new AwsError("ServiceQuotaExceededException", `A recipe can have at most ${MOST_COMPONENTS} components.`);
  for (const { componentArn = "" } of components)
    if (!isManaged(componentArn) && !componentOf(state, componentArn)) throw notValid("components", `The component '${componentArn}' does not exist.`);
  if (!/^(arn:aws:imagebuilder:|ami-|ssm:)/.test(parentImage))
    throw notValid("parentImage", `'${parentImage}' is neither an image's ARN, an AMI nor a parameter.`);
  for (const { ebs } of blockDeviceMappings)
    if (ebs?.kmsKeyId !== undefined && !ebs.encrypted) throw notValid("blockDeviceMappings", "A KMS key needs encryption to be turned on.");
}

/** Source: API reference, "CreateInfrastructureConfiguration", `resourceTags`. */
const RESERVED_TAGS = ["CreatedBy", "Ec2ImageBuilderArn", "Name", "Tags"];

function checkInfrastructure({ account }: ImageBuilderState, given: module.CreateInfrastructureConfigurationRequest): void {
  const reserved = Object.keys(given.resourceTags ?? {}).find((key) => RESERVED_TAGS.includes(key) || key.startsWith("aws:"));
  if (reserved) throw notValid("resourceTags", `The tag key '${reserved}' is reserved.`);
  if (!account.roles.has(given.instanceProfileName ?? ""))
    throw notValid("instanceProfileName", "The provided instance profile does not exist. Please specify a different instance profile and try again.");
  if ((given.subnetId === undefined) !== !given.securityGroupIds?.length)
    throw new AwsError("InvalidParameterCombinationException", "A subnet and its security groups must be given together.");
}

function checkDistribution({ distributions = [] }: module.CreateDistributionConfigurationRequest): void {
  if (distributions.length !== 1) throw notModelled("distribution to other than one region");
  const [{ region, amiDistributionConfiguration: ami } = {}] = distributions as module.Distribution[];
  if (region !== "us-east-1") throw notModelled(`a distribution to ${region}`);
  if (ami?.targetAccountIds?.length || ami?.launchPermission) throw notModelled("sharing images with other accounts");
  if (ami?.name !== undefined && !/^[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]$/.test(ami.name))
    throw notValid("distributions", `The name '${ami.name}' is not valid.`);
}
