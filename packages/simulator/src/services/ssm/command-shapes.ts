import type * as Module from "@aws-sdk/client-ssm";
import type { Command } from "./commands.ts";
import type { Invocation } from "./delivery.ts";

/** Characters of output that each operation gives back. Sources: API reference of GetCommandInvocation and CommandPlugin. */
const OUTPUT = { whole: 24_000, error: 8_000, listed: 2_500 };
const ENDED = new Set(["Success", "Failed", "TimedOut", "Cancelled"]);

/** What SendCommand answers. */
export const summary = (command: Command): Module.Command => ({
  CommandId: command.id,
  DocumentName: command.document.name,
  DocumentVersion: "$DEFAULT",
  Comment: command.comment,
  Parameters: command.parameters,
  InstanceIds: [...command.invocations.keys()],
  Targets: [],
  RequestedDateTime: command.requestedAt,
  ExpiresAfter: new Date(command.requestedAt.getTime() + (command.deliverySeconds + command.executionSeconds) * 1000),
  Status: "Pending",
  StatusDetails: "Pending",
  TimeoutSeconds: command.deliverySeconds,
  TargetCount: command.invocations.size,
  CompletedCount: 0,
  ErrorCount: 0,
  DeliveryTimedOutCount: 0,
});

/** What GetCommandInvocation answers: times are ISO texts, empty until they are known. */
export const whole = ({ document, comment }: Command, invocation: Invocation): Module.GetCommandInvocationResult => ({
  CommandId: invocation.commandId,
  InstanceId: invocation.instanceId,
  Comment: comment,
  DocumentName: document.name,
  DocumentVersion: "$DEFAULT",
  PluginName: document.step.name,
  ResponseCode: invocation.responseCode,
  ExecutionStartDateTime: invocation.startedAt?.toISOString() ?? "",
  ExecutionElapsedTime: elapsed(invocation),
  ExecutionEndDateTime: (invocation.startedAt && invocation.endedAt?.toISOString()) ?? "",
  Status: invocation.status,
  StatusDetails: invocation.statusDetails,
  StandardOutputContent: shown(invocation, invocation.stdout, OUTPUT.whole),
  StandardOutputUrl: "",
  StandardErrorContent: shown(invocation, invocation.stderr, OUTPUT.error),
  StandardErrorUrl: "",
});

/** One line of ListCommandInvocations; with details, output and errors share the shorter limit. */
export const listed = (command: Command, invocation: Invocation, details: boolean): Module.CommandInvocation => ({
  CommandId: invocation.commandId,
  InstanceId: invocation.instanceId,
  Comment: command.comment,
  DocumentName: command.document.name,
  DocumentVersion: "$DEFAULT",
  RequestedDateTime: invocation.requestedAt,
  Status: invocation.status,
  StatusDetails: invocation.statusDetails,
  CommandPlugins: details ? [plugin(command, invocation)] : [],
});

const plugin = ({ document }: Command, invocation: Invocation): Module.CommandPlugin => ({
  Name: document.step.name,
  Status: invocation.status === "Delayed" ? "Pending" : invocation.status,
  StatusDetails: invocation.statusDetails,
  ResponseCode: invocation.responseCode,
  ResponseStartDateTime: invocation.startedAt,
  ResponseFinishDateTime: invocation.endedAt,
  Output: shown(invocation, invocation.stdout + (invocation.stderr && `\n----------ERROR-------\n${invocation.stderr}`), OUTPUT.listed),
});

/** Output is there when the step has ended. */
const shown = ({ status }: Invocation, text: string, characters: number): string => (ENDED.has(status) ? text.slice(0, characters) : "");

const elapsed = ({ startedAt, endedAt }: Invocation): string => (startedAt && endedAt ? `PT${(endedAt.getTime() - startedAt.getTime()) / 1000}S` : "");
