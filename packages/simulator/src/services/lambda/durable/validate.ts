import type { Operation, OperationAction, OperationType, OperationUpdate } from "@aws-sdk/client-lambda";
import { AwsError } from "../../../account/operation.ts";

/**
 * The rules for one batch of updates. Limits, transitions and texts are those of the checkpoint server in
 * `@aws/durable-execution-sdk-js-testing`, which AWS keeps equal to the service; the payload limit is the service's own text
 * (aws-durable-execution-sdk-python issue 342).
 */
const PAYLOAD_LIMIT = 256 * 1024;
const ERROR_LIMIT = 32 * 1024;
/** Quota of one execution (dg/gettingstarted-limits.html); AWS does not publish the error's text. */
const OPERATION_LIMIT = 3000;

/** Statuses that an operation may have when an action comes; `undefined` is "does not exist". */
type From = readonly (Operation["Status"] | undefined)[];
const TRANSITIONS: Partial<Record<OperationType, Partial<Record<OperationAction, From>>>> = {
  STEP: {
    START: [undefined, "READY"],
    SUCCEED: [undefined, "STARTED", "READY"],
    FAIL: [undefined, "STARTED", "READY"],
    RETRY: [undefined, "STARTED", "READY"],
  },
  CONTEXT: { START: [undefined], SUCCEED: [undefined, "STARTED"], FAIL: [undefined, "STARTED"] },
  WAIT: { START: [undefined], CANCEL: ["STARTED"] },
  CALLBACK: { START: [undefined], CANCEL: ["STARTED"] },
  EXECUTION: { SUCCEED: [undefined, "STARTED"], FAIL: [undefined, "STARTED"] },
};

/** Refuses the whole batch with `InvalidParameterValueException` if any update breaks a rule. */
export function validate(updates: OperationUpdate[], operations: Map<string, Operation>): void {
  const executionUpdates = updates.filter(({ Type }) => Type === "EXECUTION").length;
  if (executionUpdates > 1) throw invalid("Cannot checkpoint multiple EXECUTION updates.");
  if (executionUpdates === 1 && updates.at(-1)?.Type !== "EXECUTION") throw invalid("EXECUTION checkpoint must be the last update.");
  const earlier = new Map<string, OperationUpdate>();
  for (const update of updates) {
    validateIdentity(update, earlier, operations);
    validateContent(update);
    validateTransition(update, earlier, operations);
    earlier.set(update.Id ?? "", update);
  }
  const added = [...earlier.keys()].filter((id) => !operations.has(id)).length;
  if (operations.size + added > OPERATION_LIMIT) throw invalid(`A durable execution can have at most ${OPERATION_LIMIT} operations.`);
}

function validateIdentity(update: OperationUpdate, earlier: Map<string, OperationUpdate>, operations: Map<string, Operation>): void {
  if (!update.Id) throw invalid("Operation update must have an Id.");
  const before = earlier.get(update.Id);
  const closesWhatStarted = before?.Action === "START" && update.Action !== "START" && (before.Type === "STEP" || before.Type === "CONTEXT");
  if (before && !closesWhatStarted) throw invalid("Cannot update the same operation twice in a single request.");
  if (!update.ParentId) return;
  const parent = earlier.get(update.ParentId) ?? operations.get(update.ParentId);
  if (parent?.Type !== "CONTEXT") throw invalid("Invalid parent operation id.");
}

function validateContent(update: OperationUpdate): void {
  if (update.Type !== "EXECUTION" && bytes(update.Payload) > PAYLOAD_LIMIT)
    throw invalid(`${update.Type} output payload size must be less than or equal to ${PAYLOAD_LIMIT} bytes.`);
  if (update.Error && bytes(JSON.stringify(update)) > ERROR_LIMIT) throw invalid(`Error object size must be less than ${ERROR_LIMIT} bytes.`);
  if (update.Action === "FAIL" && update.Payload != null) throw invalid("Cannot provide a Payload for FAIL action.");
  if (update.Action === "SUCCEED" && update.Error != null) throw invalid("Cannot provide an Error for SUCCEED action.");
  if (update.Action !== "RETRY") return;
  if (update.StepOptions == null) throw invalid("Invalid StepOptions for the given action.");
  if (update.Error != null && update.Payload != null) throw invalid("Cannot provide both error and payload to RETRY a STEP.");
}

function validateTransition(update: OperationUpdate, earlier: Map<string, OperationUpdate>, operations: Map<string, Operation>): void {
  if (update.Type === "CHAINED_INVOKE") throw new AwsError("UnknownOperationException", "the simulated account does not model CHAINED_INVOKE", 501);
  const actions = TRANSITIONS[update.Type ?? "STEP"];
  if (!actions) throw invalid("Unknown operation type.");
  const from = update.Action && actions[update.Action];
  if (!from) throw invalid("Invalid action for the given operation type.");
  const status = earlier.has(update.Id ?? "") ? "STARTED" : operations.get(update.Id ?? "")?.Status;
  if (from.includes(status)) return;
  throw invalid(refusal(update));
}

function refusal({ Type, Action }: OperationUpdate): string {
  if (Action === "CANCEL") return `Cannot cancel a ${Type} that does not exist or has already completed.`;
  if (Type === "STEP" && Action === "START") return "Invalid current STEP state to start.";
  if (Action === "START") return `Cannot start a ${Type} that already exists.`;
  return Action === "RETRY" ? "Invalid current STEP state to re-attempt." : `Invalid current ${Type} state to close.`;
}

export const invalid = (message: string): AwsError => new AwsError("InvalidParameterValueException", message, 400, { Type: "User" });

export const bytes = (text: string | undefined): number => (text === undefined ? 0 : Buffer.byteLength(text));
