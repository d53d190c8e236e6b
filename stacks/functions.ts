import type { FunctionId, FunctionSpec } from "@steward/core/topology/control-spec";
import type { Topology } from "@steward/core/topology/topology";
import { byId } from "./by-id.ts";
import { deployLogGroup } from "./logs.ts";
import type { Messaging } from "./messaging.ts";
import { optionsOf } from "./options.ts";
import type { Named } from "./placeholders.ts";
import { assumedBy, deployRights } from "./roles.ts";

export interface DeployedFunction {
  name: $util.Output<string>;
  /** What invokes it: the alias of a durable function, because only a qualified ARN can be invoked durably. */
  invokeArn: $util.Output<string>;
  /** Qualifier of `invokeArn`, where it has one. */
  qualifier?: $util.Output<string>;
}

/** Every function with its role, its log group and what becomes of an event that it could not handle. */
export const deployFunctions = ({ functions }: Topology, around: { named: Named; messaging: Messaging }): ((id: FunctionId) => DeployedFunction) =>
  byId(
    functions.map((spec) => ({ ...spec, id: spec.handler })),
    (spec) => deployFunction(spec, around),
  );

function deployFunction(spec: FunctionSpec, { named, messaging }: { named: Named; messaging: Messaging }): DeployedFunction {
  const logicalName = inCamels(spec.handler);
  /** SST marks whatever it built as secret; names and ARNs are none, and an operator must be able to read them. */
  const made = $util.unsecret(spec.durable ? durable(logicalName, spec, { named, messaging, ...spec.durable }) : plain(logicalName, spec, named));
  const alias = spec.durable ? deployAlias(logicalName, made, spec.durable.alias) : undefined;
  if (spec.asyncRetry) deployFailures(logicalName, made, { ...spec.asyncRetry, messaging });
  return alias ? { name: made.name, invokeArn: alias.arn, qualifier: alias.name } : { name: made.name, invokeArn: made.arn };
}

/** SST's names of components have letters and digits alone: `keep-snapshots` as `KeepSnapshots`. */
const inCamels = (id: FunctionId): string => id.replace(/(^|-)([a-z])/g, (_found, _dash, letter: string) => letter.toUpperCase());

const plain = (logicalName: string, spec: FunctionSpec, named: Named): $util.Output<aws.lambda.Function> =>
  new sst.aws.Function(logicalName, {
    ...settingsOf(logicalName, spec),
    dev: false,
    timeout: `${spec.timeoutSeconds} seconds`,
    transform: transformOf(logicalName, spec, { named }),
  }).nodes.function;

/** Retries of what a plain function fails on, and where it goes then. */
const deployFailures = (
  logicalName: string,
  made: $util.Output<aws.lambda.Function>,
  { retries, maxAgeSeconds, messaging }: { retries: number; maxAgeSeconds: number; messaging: Messaging },
): aws.lambda.FunctionEventInvokeConfig =>
  new aws.lambda.FunctionEventInvokeConfig(
    `${logicalName}Failures`,
    {
      functionName: made.name,
      maximumRetryAttempts: retries,
      maximumEventAgeInSeconds: maxAgeSeconds,
      destinationConfig: { onFailure: { destination: messaging.deadLetterArn } },
    },
    { ...optionsOf("function"), dependsOn: messaging.deadLetterPolicy },
  );

interface Durability {
  named: Named;
  messaging: Messaging;
  executionTimeoutSeconds: number;
  retentionDays: number;
}

/**
 * A published version each time the code changes: an execution in flight keeps the code that it began with. What dies goes to the
 * dead-letter queue of the function itself: a durable one knows no destinations (Lambda developer guide, "Invoking durable Lambda functions").
 */
const durable = (
  logicalName: string,
  spec: FunctionSpec,
  { named, messaging, executionTimeoutSeconds, retentionDays }: Durability,
): $util.Output<aws.lambda.Function> =>
  new sst.aws.Workflow(logicalName, {
    ...settingsOf(logicalName, spec),
    dev: false,
    timeout: { execution: `${executionTimeoutSeconds} seconds`, invocation: `${spec.timeoutSeconds} seconds` },
    retention: `${retentionDays} days`,
    transform: { function: transformOf(logicalName, spec, { ...messaging, named }) },
  }).nodes.function.nodes.function;

const deployAlias = (logicalName: string, made: $util.Output<aws.lambda.Function>, name: string): aws.lambda.Alias =>
  new aws.lambda.Alias(`${logicalName}Alias`, { name, functionName: made.name, functionVersion: made.version }, optionsOf("function"));

/** Code that `npm run build` has made; SST does not bundle. */
const settingsOf = (logicalName: string, spec: FunctionSpec) => ({
  name: spec.name,
  bundle: `dist/functions/${spec.handler}`,
  handler: "index.handler",
  runtime: "nodejs24.x" as const,
  architecture: "arm64" as const,
  memory: `${spec.memoryMb} MB` as const,
  logging: { format: "json" as const, logGroup: deployLogGroup(`${logicalName}Logs`, spec.logs).name },
});

/**
 * Undoes what SST adds: a trust policy that lets the whole account assume the role, policies of AWS that allow more than is
 * known of each function, and a key for linked resources in the environment.
 */
const transformOf = (
  logicalName: string,
  spec: FunctionSpec,
  { named, deadLetterArn }: { named: Named; deadLetterArn?: $util.Output<string> },
): sst.aws.FunctionArgs["transform"] => ({
  role: (args, options) => {
    args.name = spec.role.name;
    args.assumeRolePolicy = assumedBy("lambda.amazonaws.com");
    Object.assign(args, deployRights(logicalName, spec.role, named));
    Object.assign(options, optionsOf("role"));
  },
  function: (args, options) => {
    args.environment = { variables: spec.environment };
    if (deadLetterArn) args.deadLetterConfig = { targetArn: deadLetterArn };
    Object.assign(options, optionsOf("function"));
  },
});
