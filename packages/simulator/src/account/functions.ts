import type { HttpHandler } from "@smithy/core/protocols";

/** What Lambda gives the code of a function when it starts an execution environment. */
export interface ExecutionEnvironment {
  environment: Record<string, string>;
  credentials: { accessKeyId: string; secretAccessKey: string };
  region: string;
  account: string;
  /** The unmodified SDK clients send through this. */
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own generic parameter
  requestHandler: HttpHandler<any>;
}

/** The context object of one invocation, as far as anybody uses it. */
export interface InvocationContext {
  awsRequestId: string;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  getRemainingTimeInMillis: () => number;
}

export type LambdaHandler = (event: unknown, context: InvocationContext) => Promise<unknown>;

/** Starts the code of a function: called once per execution environment, like the module's own top level. */
export type FunctionCode = (environment: ExecutionEnvironment) => LambdaHandler;

/** The code of all functions, by the name in `FunctionConfiguration.Handler`. */
export type CodeStore = Map<string, FunctionCode>;
