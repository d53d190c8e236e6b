import type * as lambda from "@aws-sdk/client-lambda";
import type { CheckpointDurableExecutionRequest, Operation } from "@aws-sdk/client-lambda";
import { AwsError, type Operations, type Right } from "../../../account/operation.ts";
import { kill, never } from "../environment.ts";
import type { LambdaFaults } from "../faults.ts";
import { apply } from "./apply.ts";
import { type Engine, STATE_PAGE, stateOf } from "./engine.ts";
import { type CheckpointAnswer, type Execution, renewToken, takeUnseen } from "./execution.ts";
import { invalid, validate } from "./validate.ts";

/** Both calls of the running code: the service authorization reference allows them on the durable execution itself. */
export const onExecution =
  (action: string) =>
  ({ DurableExecutionArn }: { DurableExecutionArn: string | undefined }): Right[] => [{ action: `lambda:${action}`, resources: [DurableExecutionArn ?? ""] }];

/** What the code of a durable function calls while it runs. */
export function codeOperations(engine: Engine, faults: LambdaFaults): Operations<typeof lambda> {
  return {
    CheckpointDurableExecution: {
      rights: onExecution("CheckpointDurableExecution"),
      run: async (input) => {
        const repeated = answeredBefore(engine.executions.get(input.DurableExecutionArn ?? ""), input);
        if (repeated) return repeated;
        const execution = holding(engine, input);
        const index = execution.checkpoints++;
        const fate = faults.killAround?.({ execution: execution.arn, index });
        if (fate === "before") return perish(execution);
        const answer = checkpoint(engine, execution, input);
        return fate === "after" ? perish(execution) : answer;
      },
    },
    GetDurableExecutionState: {
      rights: onExecution("GetDurableExecutionState"),
      run: (input) => {
        const operations = stateOf(holding(engine, input));
        const from = Number(input.Marker ?? 0) || 0;
        const to = from + (input.MaxItems || STATE_PAGE);
        return { Operations: operations.slice(from, to), NextMarker: to < operations.length ? String(to) : "" };
      },
    },
  };
}

/** The whole batch or nothing; the token of this call is spent, the answer carries the next one unless the execution ended. */
function checkpoint(engine: Engine, execution: Execution, input: CheckpointDurableExecutionRequest): CheckpointAnswer {
  const updates = input.Updates ?? [];
  validate(updates, execution.operations);
  const spent = execution.token ?? "";
  const CheckpointToken = renewToken(execution);
  for (const update of updates) apply(execution, update, { wake: () => engine.wake(execution), close: (end) => engine.close(execution, end) });
  const state = { NewExecutionState: { Operations: takeUnseen(execution).map(copied) } };
  const answer = execution.token ? { CheckpointToken, ...state } : state;
  if (input.ClientToken && execution.token) execution.answered = { clientToken: input.ClientToken, token: spent, answer };
  return answer;
}

/** The execution whose current token the caller holds; everything else is a stale or foreign token. */
function holding(
  engine: Engine,
  { DurableExecutionArn, CheckpointToken }: { DurableExecutionArn: string | undefined; CheckpointToken: string | undefined },
): Execution {
  const execution = engine.executions.get(DurableExecutionArn ?? "");
  if (execution?.token !== undefined && execution.token === CheckpointToken) return execution;
  // The service's own text; SDK versions up to 2.4.0 look for another spelling and fail the execution (aws-durable-execution-sdk-js issue 917).
  throw invalid("Invalid checkpoint token");
}

/** A request repeated with its client token gets its first answer again, as long as nothing came after it. */
function answeredBefore(execution: Execution | undefined, { CheckpointToken, ClientToken }: CheckpointDurableExecutionRequest): CheckpointAnswer | undefined {
  const { answered, token } = execution ?? {};
  const same =
    answered !== undefined && answered.token === CheckpointToken && answered.clientToken === ClientToken && answered.answer.CheckpointToken === token;
  return same ? answered.answer : undefined;
}

function perish(execution: Execution): Promise<CheckpointAnswer> {
  if (execution.running) kill(execution.running);
  return never();
}

const copied = (operation: Operation): Operation => structuredClone(operation);

export const executionNotFound = (): AwsError => new AwsError("ResourceNotFoundException", "Durable Execution does not exist", 404, { Type: "User" });
