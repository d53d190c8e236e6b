import type * as lambda from "@aws-sdk/client-lambda";
import type { CreateFunctionRequest, FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Account } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { toCreateTagged, toPass } from "../../iam/tagging.ts";
import { between, hex } from "../../world/chance.ts";
import { deadLetterTarget } from "./dead-letter.ts";
import { pageOf } from "./durable/page.ts";
import { type Functions, type FunctionVersion, isActive, type LambdaFunction, requireActive, resolve, versionArn } from "./functions.ts";
import { functionArn, functionResource, referenceOf } from "./naming.ts";
import { sessionOf } from "./role.ts";

/** Everything about functions and versions that does not run them. */
export function functionOperations(account: Account, functions: Functions): Operations<typeof lambda> {
  return {
    CreateFunction: { rights: createRights, run: (input) => configurationOf(create(account, functions, input)) },
    GetFunction: {
      rights: (input) => on("GetFunction", input),
      run: (input) => {
        const { version, qualifier } = resolve(functions, referenceOf(input.FunctionName, input.Qualifier));
        return { Configuration: configurationOf(version, qualifier), Code: { RepositoryType: "S3" } };
      },
    },
    GetFunctionConfiguration: {
      rights: (input) => on("GetFunctionConfiguration", input),
      run: (input) => {
        const { version, qualifier } = resolve(functions, referenceOf(input.FunctionName, input.Qualifier));
        return configurationOf(version, qualifier);
      },
    },
    ListFunctions: {
      run: (input) => {
        const { page, NextMarker } = pageOf([...functions.values()], { Marker: input.Marker, MaxItems: Math.min(input.MaxItems ?? 50, 50) });
        return { Functions: page.map(({ latest }) => configurationOf(latest)), NextMarker };
      },
    },
    PublishVersion: {
      rights: (input) => on("PublishVersion", input),
      run: (input) => configurationOf(publish(resolve(functions, referenceOf(input.FunctionName)).function, input.Description)),
    },
  };
}

export const on = (action: string, input: { FunctionName?: string; Qualifier?: string }): Right[] => [
  { action: `lambda:${action}`, resources: functionResource(input) },
];

const createRights = (input: CreateFunctionRequest): Right[] => [
  ...toCreateTagged({
    create: "lambda:CreateFunction",
    tag: "lambda:TagResource",
    resources: functionResource({ FunctionName: input.FunctionName }),
    tags: input.Tags,
  }),
  ...toPass(input.Role, "lambda.amazonaws.com"),
];

function create(account: Account, functions: Functions, input: CreateFunctionRequest): FunctionVersion {
  const { name } = referenceOf(input.FunctionName);
  if (functions.has(name)) throw new AwsError("ResourceConflictException", `Function already exist: ${name}`, 409, { Type: "User" });
  sessionOf(account, input.Role ?? "", name);
  const deadLetterArn = deadLetterTarget(account, input.DeadLetterConfig, { role: input.Role ?? "", name });
  const latest = { ...firstVersion(name, input), deadLetterArn };
  const fn: LambdaFunction = { name, latest, published: [], aliases: new Map(), policies: new Map(), eventInvokeConfigs: new Map() };
  functions.set(name, fn);
  return input.Publish ? publish(fn, input.Description, true) : latest;
}

/** A function is ready some seconds after it is made. Durability can only be chosen here. */
function firstVersion(name: string, input: CreateFunctionRequest): FunctionVersion {
  const { Timeout = 3, MemorySize = 128, DurableConfig: durable } = input;
  requireWithin("timeout", Timeout, 1, 900);
  requireWithin("memorySize", MemorySize, 128, 10_240);
  if (durable) requireWithin("durableConfig.executionTimeout", durable.ExecutionTimeout ?? 0, 1, 31_622_400);
  if (durable?.RetentionPeriodInDays !== undefined) requireWithin("durableConfig.retentionPeriodInDays", durable.RetentionPeriodInDays, 1, 90);
  return {
    functionName: name,
    version: "$LATEST",
    description: input.Description ?? "",
    handler: input.Handler ?? "",
    role: input.Role ?? "",
    timeoutSeconds: Timeout,
    memoryMb: MemorySize,
    environment: { ...input.Environment?.Variables },
    ...(durable && { durable: { executionTimeoutSeconds: durable.ExecutionTimeout ?? 0, retentionDays: durable.RetentionPeriodInDays ?? 14 } }),
    lastModified: new Date(),
    revisionId: hex(32),
    activeAt: new Date(Date.now() + between(1000, 4000)),
  };
}

/** A version is made only if something changed since the last one; otherwise that one is returned (API_PublishVersion). */
function publish(fn: LambdaFunction, description: string | undefined, justCreated = false): FunctionVersion {
  if (!justCreated) requireActive(fn.latest);
  const last = fn.published.at(-1);
  if (last && last.lastModified >= fn.latest.lastModified) return last;
  const activeAt = justCreated ? fn.latest.activeAt : new Date(Date.now() + between(500, 2000));
  const version = {
    ...fn.latest,
    version: String(fn.published.length + 1),
    description: description ?? fn.latest.description,
    lastModified: new Date(),
    revisionId: hex(32),
    activeAt,
  };
  fn.published.push(version);
  return version;
}

function requireWithin(member: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  const bound = value < low ? `greater than or equal to ${low}` : `less than or equal to ${high}`;
  throw new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have value ${bound}`,
  );
}

/** A function version as the API describes it; under an alias the ARN carries the alias. */
export function configurationOf(version: FunctionVersion, qualifier?: string): FunctionConfiguration {
  const unqualified = version.version === "$LATEST" && !qualifier;
  return {
    FunctionName: version.functionName,
    FunctionArn: unqualified
      ? functionArn({ name: version.functionName })
      : qualifier
        ? functionArn({ name: version.functionName, qualifier })
        : versionArn(version),
    Runtime: "nodejs24.x",
    Role: version.role,
    Handler: version.handler,
    Description: version.description,
    Timeout: version.timeoutSeconds,
    MemorySize: version.memoryMb,
    LastModified: version.lastModified.toISOString().replace("Z", "+0000"),
    Version: version.version,
    Environment: { Variables: version.environment },
    RevisionId: version.revisionId,
    State: isActive(version) ? "Active" : "Pending",
    ...(!isActive(version) && { StateReason: "The function is being created.", StateReasonCode: "Creating" }),
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    ...(version.deadLetterArn && { DeadLetterConfig: { TargetArn: version.deadLetterArn } }),
    ...(version.durable && {
      DurableConfig: { ExecutionTimeout: version.durable.executionTimeoutSeconds, RetentionPeriodInDays: version.durable.retentionDays },
    }),
  };
}
