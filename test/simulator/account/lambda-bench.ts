import * as lambda from "@aws-sdk/client-lambda";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { loadSharedConfigFiles } from "@smithy/core/config";
import { Account, type BusEvent } from "@steward/simulator/account/account";
import type { CodeStore, FunctionCode } from "@steward/simulator/account/functions";
import { sdkHandler } from "@steward/simulator/account/handler";
import type { Principal } from "@steward/simulator/account/principal";
import { addLambda } from "@steward/simulator/services/lambda/lambda";
import { drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";

// The SDK reads its config files once per process; done before the world turns, it can't race with virtual time.
await loadSharedConfigFiles();

/** An account with nothing but Lambda in it; what Lambda tells other services is kept in lists. */
export function bench(seed = 1) {
  resetWorld(seed);
  const account = new Account();
  account.authorize = () => ({ allowed: true });
  const events: BusEvent[] = [];
  const metrics: { name: string; value: number; dimensions: Record<string, string> }[] = [];
  account.links.emit = (event) => events.push(event);
  account.links.metric = (_namespace, name, dimensions, value) => metrics.push({ name, value, dimensions });
  const code: CodeStore = new Map();
  const handle = addLambda(account, code);
  const operator = principal("arn:aws:iam::123456789012:user/operator", "AKIAOPERATOR");
  account.principals.set(operator.accessKeyId, operator);
  const client = new LambdaClient({ region: "us-east-1", credentials: operator, requestHandler: sdkHandler(account), maxAttempts: 1 });
  return { account, events, metrics, code, handle, client, operator, messages: queue(account) };
}
export type Bench = ReturnType<typeof bench>;

/** Deploys `code` as a function of that name with an alias `live`, and waits until it can be invoked. */
export async function deploy(
  { account, code, client }: Bench,
  name: string,
  settings: Partial<lambda.CreateFunctionRequest> & { run: FunctionCode },
): Promise<void> {
  const { run, ...rest } = settings;
  code.set(name, run);
  const session = principal(`arn:aws:sts::123456789012:assumed-role/${name}/${name}`, `AKIA${name.toUpperCase()}`);
  account.principals.set(session.accessKeyId, session);
  await client.send(
    new lambda.CreateFunctionCommand({
      FunctionName: name,
      Role: `arn:aws:iam::123456789012:role/${name}`,
      Handler: name,
      Runtime: "nodejs24.x",
      Code: {},
      Timeout: 60,
      ...rest,
    }),
  );
  await active(client, name);
  await client.send(new lambda.PublishVersionCommand({ FunctionName: name }));
  await client.send(new lambda.CreateAliasCommand({ FunctionName: name, Name: "live", FunctionVersion: "1" }));
  await active(client, name, "live");
}

export async function active(client: LambdaClient, name: string, qualifier?: string): Promise<void> {
  for (;;) {
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: name, Qualifier: qualifier }));
    if (Configuration?.State === "Active") return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
export const parsed = (payload: Uint8Array | undefined): unknown => JSON.parse(new TextDecoder().decode(payload));
export { drive };

function principal(arn: string, accessKeyId: string): Principal {
  return { arn, accessKeyId, secretAccessKey: "secret", policy: { Version: "2012-10-17", Statement: [] } };
}

/** A queue service that keeps what it is sent, so that dead letters can be read. */
function queue(account: Account): { url: string; body: unknown; attributes?: unknown }[] {
  const messages: { url: string; body: unknown; attributes?: unknown }[] = [];
  const run = ({ QueueUrl, MessageBody, MessageAttributes: attributes }: { QueueUrl: string; MessageBody: string; MessageAttributes?: unknown }) => {
    messages.push({ url: QueueUrl, body: JSON.parse(MessageBody), ...(attributes !== undefined && { attributes }) });
    return { MessageId: "m" };
  };
  account.add({ id: "sqs", iamPrefix: "sqs", module: {}, protocol: "json1_0", operations: { SendMessage: { run } } });
  return messages;
}

/** The error that a call must fail with. */
export const failure = (work: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error) => error,
  );
