import type { FunctionId, FunctionSpec } from "@steward/core/topology/control-spec";
import { fillAll } from "@steward/core/topology/placeholders";
import { ACCOUNT_ID, type Account } from "../account/account.ts";
import type { Principal } from "../account/principal.ts";
import { hex } from "../world/chance.ts";
import type { Api } from "./api.ts";
import type { Named } from "./named.ts";
import { given, waitUntil } from "./wait.ts";

export interface DeployedFunction {
  name: string;
  arn: string;
  /** What invokes it: the alias of a durable function, else the function itself. */
  invokeArn: string;
  /** Qualifier of `invokeArn`, where it has one. */
  qualifier?: string;
  /** The session of the function's own role, with exactly its policy. */
  principal: Principal;
}

/** By id. */
export type DeployedFunctions = Record<FunctionId, DeployedFunction>;

/** Every function with its role and its settings for asynchronous invocation. */
export async function deployFunctions(
  account: Account,
  api: Api,
  specs: FunctionSpec[],
  { deadLetterArn, named }: { deadLetterArn: string; named: Named },
): Promise<DeployedFunctions> {
  const deployed: Partial<DeployedFunctions> = {};
  for (const unfilled of specs) {
    const spec = fillAll(unfilled, named);
    const principal = addRole(account, spec);
    deployed[spec.handler] = { ...(await deployFunction(api, spec, deadLetterArn)), principal };
    if (spec.asyncRetry)
      await api("lambda", "PutFunctionEventInvokeConfig", {
        FunctionName: spec.name,
        MaximumRetryAttempts: spec.asyncRetry.retries,
        MaximumEventAgeInSeconds: spec.asyncRetry.maxAgeSeconds,
        DestinationConfig: { OnFailure: { Destination: deadLetterArn } },
      });
  }
  return deployed as DeployedFunctions;
}

/** What a durable function can't do goes to its dead-letter queue, because it knows no destinations. */
async function deployFunction(api: Api, spec: FunctionSpec, deadLetterArn: string): Promise<Omit<DeployedFunction, "principal">> {
  await api("lambda", "CreateFunction", {
    FunctionName: spec.name,
    Runtime: "nodejs24.x",
    Role: roleArn(spec),
    Handler: spec.handler,
    Code: { ZipFile: new Uint8Array([0]) },
    Timeout: spec.timeoutSeconds,
    MemorySize: spec.memoryMb,
    Environment: { Variables: spec.environment },
    Architectures: ["arm64"],
    ...(spec.durable && {
      DurableConfig: { ExecutionTimeout: spec.durable.executionTimeoutSeconds, RetentionPeriodInDays: spec.durable.retentionDays },
      DeadLetterConfig: { TargetArn: deadLetterArn },
    }),
  });
  const read = () => api("lambda", "GetFunction", { FunctionName: spec.name });
  const { Configuration } = await waitUntil(`function ${spec.name}`, read, (answer) => answer.Configuration?.State === "Active");
  const arn = given(Configuration?.FunctionArn, "the function's ARN");
  if (!spec.durable) return { name: spec.name, arn, invokeArn: arn };
  const { alias } = spec.durable;
  return { name: spec.name, arn, invokeArn: await publish(api, spec.name, alias), qualifier: alias };
}

/** Only a qualified ARN can be invoked durably. */
async function publish(api: Api, name: string, alias: string): Promise<string> {
  const { Version } = await api("lambda", "PublishVersion", { FunctionName: name });
  const { AliasArn } = await api("lambda", "CreateAlias", { FunctionName: name, Name: alias, FunctionVersion: given(Version, "the published version") });
  return given(AliasArn, "the alias's ARN");
}

const roleArn = ({ role }: FunctionSpec): string => `arn:aws:iam::${ACCOUNT_ID}:role/${role.name}`;

/** One role per function, named like it; Lambda names the session of the role after the function. */
function addRole(account: Account, { name, role }: FunctionSpec): Principal {
  const accessKeyId = `ASIA${hex(16).toUpperCase()}`;
  const principal: Principal = {
    arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role.name}/${name}`,
    accessKeyId,
    secretAccessKey: hex(40),
    policy: role.policy,
    functionName: name,
  };
  account.principals.set(accessKeyId, principal);
  return principal;
}
