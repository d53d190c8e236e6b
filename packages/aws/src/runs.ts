import { GetDurableExecutionCommand, InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { Runs } from "@steward/core/apply/ports";
import { answered, calling } from "./failures.ts";

/**
 * Durable executions of one function. It is named by a qualified ARN, the only one that may be invoked durably; AWS keeps
 * names unique per account and region, so a name carries its stage. They are started asynchronously: only then does an execution that
 * dies go to the function's dead-letter queue. Source: Lambda developer guide, "Best practices for Lambda durable functions".
 */
export const createRuns = (client: LambdaClient, qualifiedArn: string): Runs => ({
  async start(name, input) {
    const command = new InvokeCommand({
      FunctionName: qualifiedArn,
      InvocationType: "Event",
      DurableExecutionName: name,
      Payload: Buffer.from(JSON.stringify(input)),
    });
    const answer = await calling(`start run ${name}`, () => client.send(command).catch(unlessStarted));
    return answer?.DurableExecutionArn ?? null;
  },

  async status(executionArn) {
    const command = new GetDurableExecutionCommand({ DurableExecutionArn: executionArn, IncludeExecutionData: false });
    const execution = await calling(`ask after ${executionArn}`, () => client.send(command).catch(unlessUnknown));
    if (!execution) return "unknown";
    return execution.Status === "RUNNING" ? "running" : "ended";
  },
});

/** The same name with another payload: the run was started before, which is all that was asked. */
const unlessStarted = (error: unknown) => {
  if (!answered(error, "DurableExecutionAlreadyStartedException")) throw error;
  return undefined;
};

const unlessUnknown = (error: unknown) => {
  if (!answered(error, "ResourceNotFoundException")) throw error;
  return undefined;
};
