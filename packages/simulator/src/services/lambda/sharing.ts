import type * as lambda from "@aws-sdk/client-lambda";
import type { AddPermissionRequest, AliasConfiguration, PutFunctionEventInvokeConfigRequest } from "@aws-sdk/client-lambda";
import type { Account } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import type { EventInvokeConfig } from "./async-config.ts";
import { on } from "./control.ts";
import { DESTINATION_ACTIONS } from "./destinations.ts";
import { type Alias, type Functions, type LambdaFunction, type PolicyEntry, type Resolved, resolve } from "./functions.ts";
import { functionArn, referenceOf } from "./naming.ts";
import { sessionOf } from "./role.ts";

/** Aliases, resource policies and asynchronous settings: how others reach a function. */
export function sharingOperations(account: Account, functions: Functions): Operations<typeof lambda> {
  const find = (input: { FunctionName: string | undefined; Qualifier?: string }): Resolved =>
    resolve(functions, referenceOf(input.FunctionName, input.Qualifier));
  return {
    CreateAlias: {
      rights: (input) => on("CreateAlias", { FunctionName: input.FunctionName }),
      run: (input) => {
        const { function: fn } = resolve(functions, { name: referenceOf(input.FunctionName).name, qualifier: input.FunctionVersion });
        if (fn.aliases.has(input.Name ?? ""))
          throw new AwsError("ResourceConflictException", `Alias already exists: ${aliasArn(fn, input.Name)}`, 409, { Type: "User" });
        const alias: Alias = { name: input.Name ?? "", version: input.FunctionVersion ?? "", description: input.Description ?? "", revisionId: hex(32) };
        fn.aliases.set(alias.name, alias);
        return aliasConfiguration(fn, alias);
      },
    },
    GetAlias: {
      rights: (input) => on("GetAlias", { FunctionName: input.FunctionName }),
      run: (input) => {
        const { function: fn } = find({ FunctionName: input.FunctionName });
        const alias = fn.aliases.get(input.Name ?? "");
        if (!alias) throw new AwsError("ResourceNotFoundException", `Cannot find alias arn: ${aliasArn(fn, input.Name)}`, 404, { Type: "User" });
        return aliasConfiguration(fn, alias);
      },
    },
    PutFunctionEventInvokeConfig: {
      rights: (input) => on("PutFunctionEventInvokeConfig", input),
      run: (input) => putEventInvokeConfig(account, find(input), input),
    },
    AddPermission: {
      rights: (input) => on("AddPermission", input).map((right) => ({ ...right, context: { "lambda:Principal": input.Principal ?? "" } })),
      run: (input) => addPermission(find(input), input),
    },
    GetPolicy: {
      rights: (input) => on("GetPolicy", input),
      run: (input) => {
        const { function: fn, qualifier } = find(input);
        const statements = fn.policies.get(qualifier ?? "$LATEST");
        if (!statements?.length) throw new AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404, { Type: "User" });
        return { Policy: JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements }), RevisionId: fn.latest.revisionId };
      },
    },
  };
}

const aliasArn = (fn: LambdaFunction, name: string | undefined): string => functionArn({ name: fn.name, qualifier: name });

const aliasConfiguration = (fn: LambdaFunction, { name, version, description, revisionId }: Alias): AliasConfiguration => ({
  AliasArn: aliasArn(fn, name),
  Name: name,
  FunctionVersion: version,
  Description: description,
  RevisionId: revisionId,
});

function putEventInvokeConfig(account: Account, { function: fn, version, qualifier }: Resolved, input: PutFunctionEventInvokeConfigRequest) {
  const { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age, DestinationConfig } = input;
  if (retries !== undefined && (retries < 0 || retries > 2)) throw outOfRange("maximumRetryAttempts", retries);
  if (age !== undefined && (age < 60 || age > 21_600)) throw outOfRange("maximumEventAgeInSeconds", age);
  const config: EventInvokeConfig = {
    maximumRetryAttempts: retries,
    maximumEventAgeSeconds: age,
    onFailure: DestinationConfig?.OnFailure?.Destination,
    onSuccess: DestinationConfig?.OnSuccess?.Destination,
    lastModified: new Date(),
  };
  const destinations = [config.onFailure, config.onSuccess].filter((destination) => destination !== undefined);
  if (version.durable && destinations.length > 0) throw noDestinations();
  for (const destination of destinations) requireRight(account, { role: version.role, functionName: fn.name, destination });
  fn.eventInvokeConfigs.set(qualifier ?? "$LATEST", config);
  return {
    LastModified: config.lastModified,
    FunctionArn: functionArn({ name: fn.name, qualifier: qualifier ?? "$LATEST" }),
    MaximumRetryAttempts: retries,
    MaximumEventAgeInSeconds: age,
    DestinationConfig,
  };
}

/** "Durable functions … don't support Lambda destinations" (dg/durable-invoking.html); no source tells in which words AWS refuses one. */
const noDestinations = (): AwsError =>
  new AwsError("InvalidParameterValueException", "Destinations are not supported for durable functions.", 400, { Type: "User" });

/** Lambda refuses a destination that the function's own role may not write to. */
function requireRight(account: Account, { role, functionName, destination }: { role: string; functionName: string; destination: string }): void {
  const action = DESTINATION_ACTIONS[destination.split(":")[2] ?? ""];
  if (!action)
    throw new AwsError(
      "InvalidParameterValueException",
      `The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=${destination})) is invalid.`,
      400,
      { Type: "User" },
    );
  if (account.authorize(sessionOf(account, role, functionName), { action, resources: [destination] }).allowed) return;
  throw new AwsError(
    "InvalidParameterValueException",
    `The function's execution role does not have permissions to call ${action.split(":")[1]} on ${destination}`,
    400,
    { Type: "User" },
  );
}

function addPermission({ function: fn, qualifier }: Resolved, input: AddPermissionRequest) {
  const statements = fn.policies.get(qualifier ?? "$LATEST") ?? [];
  if (statements.some(({ Sid }) => Sid === input.StatementId)) {
    throw new AwsError(
      "ResourceConflictException",
      `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      409,
      { Type: "User" },
    );
  }
  const statement = statementOf(functionArn({ name: fn.name, qualifier }), input);
  fn.policies.set(qualifier ?? "$LATEST", [...statements, statement]);
  return { Statement: JSON.stringify(statement) };
}

function statementOf(resource: string, input: AddPermissionRequest): PolicyEntry {
  const principal = input.Principal ?? "";
  const condition = {
    ...(input.SourceAccount && { StringEquals: { "AWS:SourceAccount": input.SourceAccount } }),
    ...(input.SourceArn && { ArnLike: { "AWS:SourceArn": input.SourceArn } }),
  };
  return {
    Sid: input.StatementId ?? "",
    Effect: "Allow",
    Principal: principal === "*" ? "*" : principal.endsWith(".amazonaws.com") ? { Service: principal } : { AWS: principal },
    Action: input.Action ?? "",
    Resource: resource,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

const outOfRange = (member: string, value: number): AwsError =>
  new AwsError(
    "ValidationException",
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have value within its limits`,
  );
