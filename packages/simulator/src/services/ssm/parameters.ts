import type * as Module from "@aws-sdk/client-ssm";
import { type Account, arn } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";
import { invalid, page, pageSize } from "./page.ts";

/** One parameter and its newest versions, oldest first. */
export interface Parameter {
  name: string;
  type: Module.ParameterType;
  description?: string;
  versions: { version: number; value: string; at: Date; by: string }[];
}

/** Source: Parameter Store quotas; the standard tier is the only one modelled. */
const STANDARD_CHARACTERS = 4096;
const KEPT_VERSIONS = 100;
const NAMES_PER_CALL = 10;

type Parameters = Map<string, Parameter>;

const parameterArn = (name: string): string => arn("ssm", `parameter/${name.replace(/^\//, "")}`);
const right = (action: string, names: (string | undefined)[], context?: Right["context"]): Right[] => [
  { action: `ssm:${action}`, resources: names.map((name) => parameterArn(bare(name ?? ""))), ...(context && { context }) },
];

/** A selector (`name:version`) authorises as its parameter. */
const bare = (name: string): string => name.replace(/:\d+$/, "");

const putRights = ({ Name = "", Overwrite = false, Tags }: Module.PutParameterRequest): Right[] =>
  toCreateTagged({
    create: "ssm:PutParameter",
    tag: "ssm:AddTagsToResource",
    resources: [parameterArn(Name)],
    tags: Tags,
    context: { "ssm:Overwrite": String(Overwrite) },
  });

/** Parameter Store without labels, policies, SecureString and the paid tiers; those are refused by name. */
export const parameterOperations = (account: Account, parameters: Parameters): Operations<typeof Module> => ({
  PutParameter: {
    rights: putRights,
    run: (input, call) => put(account, parameters, input, call.principal.arn),
  },
  GetParameter: {
    rights: (input) => right("GetParameter", [input.Name]),
    run: ({ Name = "" }) => {
      const found = read(parameters, Name);
      // AWS sends this error without a message.
      if (!found) throw new AwsError("ParameterNotFound", "");
      return { Parameter: found };
    },
  },
  GetParameters: {
    rights: (input) => right("GetParameters", input.Names ?? []),
    run: ({ Names = [] }) => {
      if (Names.length > NAMES_PER_CALL) throw invalid("names", `[${Names.join(", ")}]`, `Member must have length less than or equal to ${NAMES_PER_CALL}`);
      const found = Names.map((name) => read(parameters, name));
      return { Parameters: found.filter((one) => one !== undefined), InvalidParameters: Names.filter((_, index) => found[index] === undefined) };
    },
  },
  GetParametersByPath: {
    rights: (input) => right("GetParametersByPath", [input.Path], { "ssm:Recursive": String(input.Recursive ?? false) }),
    run: ({ Path = "", Recursive = false, MaxResults, NextToken }) => {
      const found = below(parameters, Path, Recursive).flatMap((name) => read(parameters, name) ?? []);
      const { items, NextToken: next } = page(found, pageSize(MaxResults, { smallest: 1, largest: 10 }), NextToken);
      return { Parameters: items, NextToken: next };
    },
  },
  DescribeParameters: {
    run: ({ ParameterFilters = [], MaxResults, NextToken }) => {
      const chosen = [...parameters.values()].filter((parameter) => ParameterFilters.every((filter) => passes(parameter, filter)));
      const { items, NextToken: next } = page(chosen.map(metadata), pageSize(MaxResults, { smallest: 1, largest: 50 }), NextToken);
      return { Parameters: items, NextToken: next };
    },
  },
});

function put(account: Account, parameters: Parameters, input: Module.PutParameterCommandInput, by: string): Module.PutParameterResult {
  const { Name: name = "", Value: value = "" } = input;
  refuseBadInput(input);
  const old = parameters.get(name);
  if (old && !input.Overwrite)
    throw new AwsError("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.");
  const parameter: Parameter = old ?? { name, type: input.Type ?? "String", versions: [] };
  if (input.Description !== undefined) parameter.description = input.Description;
  const version = (parameter.versions.at(-1)?.version ?? 0) + 1;
  parameter.versions = [...parameter.versions, { version, value, at: new Date(), by }].slice(-KEPT_VERSIONS);
  parameters.set(name, parameter);
  announce(account, parameter, old ? "Update" : "Create");
  return { Version: version, Tier: "Standard" };
}

function refuseBadInput({ Name = "", Value = "", Type, Tier, Overwrite, Tags }: Module.PutParameterCommandInput): void {
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(Name)) throw new AwsError("ValidationException", `Parameter name must match the pattern [a-zA-Z0-9_.-/]: ${Name}`);
  if (Name.includes("/") && !Name.startsWith("/")) throw new AwsError("ValidationException", "Parameter name must be a fully qualified name.");
  if (/^\/?(aws|ssm)/i.test(Name)) throw new AwsError("ValidationException", 'Parameter name: can\'t be prefixed with "ssm" (case-insensitive).');
  if (Value === "") throw invalid("value", "", "Member must have length greater than or equal to 1.");
  if (Overwrite && Tags?.length) throw new AwsError("ValidationException", "Invalid request: tags and overwrite can't be used together.");
  if (!Overwrite && Type === undefined) throw new AwsError("ValidationException", "A parameter type is required when you create a parameter.");
  if (Type === "SecureString" || (Tier !== undefined && Tier !== "Standard"))
    throw new AwsError("UnsupportedParameterType", "the simulated account models standard String parameters only");
  if (Value.length > STANDARD_CHARACTERS) {
    throw new AwsError(
      "ValidationException",
      `Standard tier parameters support a maximum parameter value of ${STANDARD_CHARACTERS} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
    );
  }
}

/** Source: Systems Manager user guide, "Parameter Store events". */
function announce(account: Account, { name, type, description }: Parameter, operation: "Create" | "Update"): void {
  account.links.emit({
    source: "aws.ssm",
    "detail-type": "Parameter Store Change",
    resources: [parameterArn(name)],
    detail: { operation, name, type, ...(description !== undefined && { description }) },
  });
}

function read(parameters: Parameters, selector: string): Module.Parameter | undefined {
  const name = bare(selector);
  const parameter = parameters.get(name);
  const wanted = /:(\d+)$/.exec(selector)?.[1];
  const found = wanted === undefined ? parameter?.versions.at(-1) : parameter?.versions.find(({ version }) => version === Number(wanted));
  if (parameter && !found)
    throw new AwsError("ParameterVersionNotFound", `Systems Manager could not find version ${wanted} of ${name}. Verify the version and try again.`);
  if (!parameter || !found) return undefined;
  return {
    Name: name,
    Type: parameter.type,
    Value: found.value,
    Version: found.version,
    LastModifiedDate: found.at,
    ARN: parameterArn(name),
    DataType: "text",
  };
}

function below(parameters: Parameters, path: string, recursive: boolean): string[] {
  if (!path.startsWith("/"))
    throw new AwsError(
      "ValidationException",
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
    );
  const prefix = path.endsWith("/") ? path : `${path}/`;
  return [...parameters.keys()].filter((name) => name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes("/"))).sort();
}

function passes(parameter: Parameter, { Key, Option = "Equals", Values = [] }: Module.ParameterStringFilter): boolean {
  if (Key !== "Name" || !["Equals", "BeginsWith", "Contains"].includes(Option))
    throw new AwsError("InvalidFilterKey", `the simulated account filters parameters by Name only, not by ${Key}`);
  if (Option === "Equals") return Values.includes(parameter.name);
  return Values.some((value) => (Option === "BeginsWith" ? parameter.name.startsWith(value) : parameter.name.includes(value)));
}

function metadata({ name, type, description, versions }: Parameter): Module.ParameterMetadata {
  const last = versions.at(-1);
  return {
    Name: name,
    ARN: parameterArn(name),
    Type: type,
    Description: description,
    Version: last?.version,
    LastModifiedDate: last?.at,
    LastModifiedUser: last?.by,
    Tier: "Standard",
    DataType: "text",
  };
}
