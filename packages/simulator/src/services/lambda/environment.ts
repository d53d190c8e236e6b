import type { HttpHandler } from "@smithy/core/protocols";
import { ACCOUNT_ID, type Account, REGION } from "../../account/account.ts";
import type { CodeStore, ExecutionEnvironment, LambdaHandler } from "../../account/functions.ts";
import type { FunctionVersion } from "./functions.ts";
import { sessionOf } from "./role.ts";

// biome-ignore lint/suspicious/noExplicitAny: the SDK's own generic parameter
export type Transport = HttpHandler<any>;

/** One execution environment: runs one invocation at a time until it is killed or left idle. */
export interface Environment {
  version: FunctionVersion;
  handler: LambdaHandler;
  alive: boolean;
  busy: boolean;
  idleSince: Date;
  /** Told once, when it is killed. */
  onKilled?: () => void;
}

/** Starts an environment: runs the code's top level with its own credentials and its own way to the network. */
export function startEnvironment(account: Account, code: CodeStore, transport: Transport, version: FunctionVersion): Environment {
  const environment: Environment = { version, handler: missingHandler(version), alive: true, busy: true, idleSince: new Date() };
  const start = code.get(version.handler);
  if (start) environment.handler = start(surroundings(account, version, mortal(transport, environment)));
  return environment;
}

/** Ends an environment at once: nothing it sends from now on leaves, nothing it waits for comes back. */
export function kill(environment: Environment): void {
  if (!environment.alive) return;
  environment.alive = false;
  environment.onKilled?.();
}

function surroundings(account: Account, version: FunctionVersion, requestHandler: Transport): ExecutionEnvironment {
  const { accessKeyId, secretAccessKey } = sessionOf(account, version.role, version.functionName);
  return { environment: { ...version.environment }, credentials: { accessKeyId, secretAccessKey }, region: REGION, account: ACCOUNT_ID, requestHandler };
}

/**
 * The network of one environment. Abandoned code can't be stopped inside one process, so its network dies instead:
 * requests already under way still take effect, as on a real machine that is cut off.
 */
function mortal(transport: Transport, environment: Environment): Transport {
  const whileAlive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (!environment.alive) return never();
    const outcome = await work().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    return environment.alive ? outcome() : never();
  };
  return {
    handle: (request, options) => whileAlive(() => transport.handle(request, options)),
    updateHttpClientConfig: (key, value) => transport.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => transport.httpHandlerConfigs(),
  };
}

/** A wait that no event ends. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});

/** Node's runtime answers an entry it can't find with this error at every invocation. */
const missingHandler =
  (version: FunctionVersion): LambdaHandler =>
  () =>
    Promise.reject(Object.assign(new Error(`Error: Cannot find module '${version.handler}'`), { name: "Runtime.ImportModuleError" }));
