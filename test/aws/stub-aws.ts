import { type Clients, createClients } from "@steward/aws/clients";

/** An input as our code made it. */
export type Sent = { command: string; input: Record<string, unknown> };

type Answer = (input: Record<string, unknown>, calls: number) => unknown;

/** Unmodified SDK clients whose calls are answered here instead of on the wire, by the name of the command. */
export function stubAws(answers: Record<string, Answer>): { clients: Clients; sent: Sent[]; inputs: (command: string) => Record<string, unknown>[] } {
  const clients = createClients({ region: "eu-central-1", credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "none" } });
  const sent: Sent[] = [];
  for (const client of [
    clients.autoScaling,
    clients.cloudWatch,
    clients.dynamoDb,
    clients.ec2,
    clients.ec2Once,
    clients.ec2There,
    clients.ec2ThereOnce,
    clients.loadBalancing,
    clients.eventBridge,
    clients.imageBuilder,
    clients.lambda,
    clients.rds,
    clients.s3,
    clients.secrets,
    clients.sns,
    clients.sqs,
    clients.ssm,
  ]) {
    const stack = client.middlewareStack as { add: (middleware: unknown, options: { step: "initialize"; priority: "high"; name: string }) => void };
    stack.add(
      (_next: unknown, context: { commandName: string }) =>
        async ({ input }: { input: Record<string, unknown> }) => {
          const command = context.commandName.replace(/Command$/, "");
          const calls = sent.filter((call) => call.command === command).length;
          sent.push({ command, input });
          const answer = answers[command];
          if (!answer) throw new Error(`the test answers no ${command}`);
          return { output: { $metadata: {}, ...((await answer(input, calls)) as object) }, response: {} };
        },
      { step: "initialize", priority: "high", name: "stub" },
    );
  }
  return { clients, sent, inputs: (command) => sent.filter((call) => call.command === command).map((call) => call.input) };
}

/** An error as the SDK raises it for AWS's answer. */
export function awsError(name: string, message: string, httpStatusCode = 400): Error {
  return Object.assign(new Error(message), { name, $fault: httpStatusCode < 500 ? "client" : "server", $metadata: { httpStatusCode } });
}

/** Answers that AWS refuses the call. */
export const refuse = (name: string, message: string, status?: number) => () => {
  throw awsError(name, message, status);
};
