import type * as sdk from "@aws-sdk/client-imagebuilder";
import { type Account, arn } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import type { MachineImage } from "../../fleet/machine-image.ts";
import type { SharedDependencies } from "../../fleet/shared-dependencies.ts";

/** Anything that was made once and is named by its ARN, with the request that made it. */
export interface Made<Input> {
  arn: string;
  created: Date;
  given: Input;
}

export type Component = Made<sdk.CreateComponentRequest>;
export type Recipe = Made<sdk.CreateImageRecipeRequest>;
export type Infrastructure = Made<sdk.CreateInfrastructureConfigurationRequest>;
export type Distribution = Made<sdk.CreateDistributionConfigurationRequest>;

export interface Pipeline extends Made<sdk.CreateImagePipelineRequest> {
  /** Parent and components of the newest build that was started, in one text; undefined before the first. */
  built?: string;
  lastRun?: Date;
}

/** What becomes of the next build that starts. */
export interface NextBuild {
  /** What is in the image, where it differs from the image that the account launches by default. */
  image?: Partial<MachineImage>;
  /** Why it fails. */
  fails?: string;
  /** In which state it fails; `TESTING` unless told otherwise. */
  failsIn?: "BUILDING" | "TESTING";
}

/** One build of an image: `…/image/<name>/<version>/<build>`. */
export interface Build {
  arn: string;
  pipeline: Pipeline;
  recipe: Recipe;
  created: Date;
  buildType: "USER_INITIATED" | "SCHEDULED";
  status: sdk.ImageStatus;
  reason?: string;
  tags: Record<string, string>;
  amis: sdk.Ami[];
  plan: NextBuild;
}

export interface ImageBuilderState {
  account: Account;
  shared: SharedDependencies;
  components: Map<string, Component>;
  recipes: Map<string, Recipe>;
  infrastructures: Map<string, Infrastructure>;
  distributions: Map<string, Distribution>;
  pipelines: Map<string, Pipeline>;
  builds: Map<string, Build>;
  /** Newest versions of the images that AWS offers, by name; the first one of each is 1.0.0. */
  parents: Map<string, string>;
  next: NextBuild;
}

type Kind = "component" | "image-recipe" | "infrastructure-configuration" | "distribution-configuration" | "image-pipeline" | "image";

/** "The name is in lower case" in an ARN (user guide, "Semantic versioning in Image Builder"); a space becomes a hyphen. */
export const arnOf = (kind: Kind, name: string, ...version: string[]): string =>
  arn("imagebuilder", [kind, name.toLowerCase().replaceAll(" ", "-"), ...version].join("/"));

/** Whatever is called so; the words of the error are ours. */
export function find<Item>(items: Map<string, Item>, named: string | undefined): Item {
  const found = items.get(named ?? "");
  if (!found) throw new AwsError("ResourceNotFoundException", `The resource with ARN '${named}' does not exist.`, 404);
  return found;
}

/** A part of a new resource that is not there; the words are those of `CreateImageRecipe`, shortened. */
export const notValid = (parameter: string, because: string): AwsError =>
  new AwsError("InvalidParameterValueException", `The value supplied for parameter '${parameter}' is not valid. ${because}`);

/** Adds what was made; what is called the same is refused, as nothing is ever changed by making it again. */
export function keep<Input, Item extends Made<Input>>(items: Map<string, Item>, kind: string, item: Item): Item {
  if (items.has(item.arn)) throw new AwsError("ResourceAlreadyExistsException", `The following resource '${kind}' already exists: '${item.arn}'.`);
  items.set(item.arn, item);
  return item;
}

/** Refuses a name or a version that Image Builder would not take. Source: API reference, "CreateComponent". */
export function checkName(name: string | undefined, version?: string): string {
  if (!/^[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]$/.test(name ?? ""))
    throw notValid("name", `Name '${name}' must match ^[-_A-Za-z-0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z-0-9]$.`);
  const parts = version?.split(".").map(Number) ?? [];
  if (version !== undefined && (!/^\d+\.\d+\.\d+$/.test(version) || parts.some((part) => part >= 2 ** 30)))
    throw new AwsError("InvalidVersionNumberException", `The version number '${version}' is not valid: <major>.<minor>.<patch>, each below 2^30.`);
  return name ?? "";
}

/** Whether an ARN names something of AWS's own, whose content nobody here knows. */
export const isManaged = (named: string): boolean => /^arn:aws:imagebuilder:[\w-]+:aws:/.test(named);

/** The newest of our components that an ARN names, in which `x` stands for any number and the build may be left out. */
export function componentOf(state: ImageBuilderState, named: string): Component | undefined {
  const [head = "", version = "", build] = partsOf(named);
  const matching = [...state.components.values()].filter((component) => {
    const [otherHead, otherVersion = "", otherBuild] = partsOf(component.arn);
    return head === otherHead && fits(version, otherVersion) && (build === undefined || build === otherBuild);
  });
  return matching.sort((one, other) => compare(partsOf(one.arn)[1] ?? "", partsOf(other.arn)[1] ?? "")).at(-1);
}

const partsOf = (named: string): string[] => {
  const [kind = "", name = "", ...rest] = named.split("/");
  return [`${kind}/${name}`, ...rest];
};

const fits = (pattern: string, version: string): boolean => {
  const actual = version.split(".");
  return pattern.split(".").every((part, index) => part === "x" || part === actual[index]);
};

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => text.split(".").map(Number));
  return (a ?? []).map((part, index) => part - (b?.[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** What a recipe is made of at the moment, in one text: another text is an update. */
export function dependenciesOf(state: ImageBuilderState, { given }: Recipe): string {
  const parent = given.parentImage ?? "";
  const [head = parent] = isManaged(parent) ? partsOf(parent) : [parent];
  const components = (given.components ?? []).map(({ componentArn = "" }) => componentOf(state, componentArn)?.arn ?? componentArn);
  return JSON.stringify([head, state.parents.get(head.split("/")[1] ?? "") ?? "1.0.0", components]);
}
