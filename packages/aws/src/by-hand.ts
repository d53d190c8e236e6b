import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { Permanent } from "@steward/core/errors";
import { StatusReport } from "@steward/core/fleet/status";
import type { Names } from "@steward/core/topology/names";
import { calling } from "./failures.ts";

/** The runbooks of a stage in a person's hands: what the function `runbook` answers. */
export const createByHand = (client: LambdaClient, names: Pick<Names, "function">) => ({
  status: async (): Promise<StatusReport> => {
    const answer = await invoke(client, names.function("runbook"), { mode: "status" });
    const parsed = StatusReport.safeParse(answer);
    if (!parsed.success) throw new Permanent(`${names.function("runbook")} answers what this command does not understand: it may be of another version`);
    return parsed.data;
  },
});

async function invoke(client: LambdaClient, FunctionName: string, payload: unknown): Promise<unknown> {
  const command = new InvokeCommand({ FunctionName, Payload: new TextEncoder().encode(JSON.stringify(payload)) });
  const { FunctionError, Payload } = await calling(`invoke ${FunctionName}`, () => client.send(command));
  const text = new TextDecoder().decode(Payload);
  if (FunctionError) throw new Permanent(`${FunctionName} failed: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
