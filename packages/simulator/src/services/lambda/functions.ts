import { AwsError } from "../../account/operation.ts";
import type { EventInvokeConfig } from "./async-config.ts";
import { type FunctionReference, functionArn, notFound } from "./naming.ts";

/** What `$LATEST` or a published version runs; a published one never changes. */
export interface FunctionVersion {
  functionName: string;
  version: string;
  description: string;
  /** Entry of the code store. */
  handler: string;
  role: string;
  timeoutSeconds: number;
  memoryMb: number;
  environment: Record<string, string>;
  durable?: DurableSettings;
  /** Queue or topic of its own for events that were given up; fixed when a version is published. */
  deadLetterArn?: string;
  lastModified: Date;
  revisionId: string;
  /** Until then its state is `Pending` and it can't be invoked. */
  activeAt: Date;
}

export interface DurableSettings {
  executionTimeoutSeconds: number;
  retentionDays: number;
}

export interface Alias {
  name: string;
  version: string;
  description: string;
  revisionId: string;
}

/** One statement of a function's resource-based policy. */
export interface PolicyEntry {
  Sid: string;
  Effect: "Allow";
  Principal: { Service: string } | { AWS: string } | "*";
  Action: string;
  Resource: string;
  Condition?: Record<string, Record<string, string>>;
}

export interface LambdaFunction {
  name: string;
  latest: FunctionVersion;
  published: FunctionVersion[];
  aliases: Map<string, Alias>;
  /** By qualifier; `$LATEST` stands for the unqualified function. */
  policies: Map<string, PolicyEntry[]>;
  eventInvokeConfigs: Map<string, EventInvokeConfig>;
}

/** What a reference stands for right now. */
export interface Resolved {
  function: LambdaFunction;
  version: FunctionVersion;
  /** As the caller named it; absent means unqualified. */
  qualifier?: string;
}

export type Functions = Map<string, LambdaFunction>;

export const versionArn = (version: FunctionVersion): string => functionArn({ name: version.functionName, qualifier: version.version });

/** Finds the version behind a name, alias or version number; `ResourceNotFoundException` as AWS words it. */
export function resolve(functions: Functions, reference: FunctionReference): Resolved {
  const found = functions.get(reference.name);
  const version = found && versionOf(found, reference.qualifier);
  if (!found || !version) throw notFound(reference);
  return { function: found, version, qualifier: reference.qualifier };
}

function versionOf(found: LambdaFunction, qualifier: string | undefined): FunctionVersion | undefined {
  if (qualifier === undefined || qualifier === "$LATEST") return found.latest;
  const number = found.aliases.get(qualifier)?.version ?? qualifier;
  return number === "$LATEST" ? found.latest : found.published.find((version) => version.version === number);
}

/** A new or changed function is `Pending` for some seconds (dg/functions-states.html). */
export const isActive = (version: FunctionVersion): boolean => version.activeAt.getTime() <= Date.now();

export function requireActive(version: FunctionVersion): void {
  if (isActive(version)) return;
  throw new AwsError(
    "ResourceConflictException",
    "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    409,
    { Type: "User" },
  );
}
