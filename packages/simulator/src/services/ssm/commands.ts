import type * as Module from "@aws-sdk/client-ssm";
import { ACCOUNT_ID, type Account, arn } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { toPass } from "../../iam/tagging.ts";
import { between } from "../../world/chance.ts";
import { listed, summary, whole } from "./command-shapes.ts";
import { deliver, type Invocation } from "./delivery.ts";
import { type Document, documentArn, theDocument } from "./documents.ts";
import { interpolate, nodeProgram } from "./interpolate.ts";
import { pingStatus } from "./managed-nodes.ts";
import { invalid, page, pageSize } from "./page.ts";

/** A command as it was sent, with one invocation per node. */
export interface Command {
  id: string;
  document: Document;
  parameters: Record<string, string[]>;
  comment: string;
  requestedAt: Date;
  deliverySeconds: number;
  executionSeconds: number;
  invocations: Map<string, Invocation>;
}

/** Sources: API reference of SendCommand. */
const LIMITS = { instances: 50, smallestTimeout: 30, largestTimeout: 2_592_000, defaultTimeout: 3600 };
/** A new invocation was seen to be unknown for about a second. */
const VISIBLE_MS = [300, 1_200] as const;

export const commandOperations = (account: Account, documents: Map<string, Document>, commands: Map<string, Command>): Operations<typeof Module> => ({
  SendCommand: {
    rights: (input) => sendRights(account, input),
    run: (input) => ({ Command: summary(send(account, documents, commands, input)) }),
  },
  GetCommandInvocation: {
    run: ({ CommandId = "", InstanceId = "" }) => {
      const command = commands.get(CommandId);
      const invocation = command?.invocations.get(InstanceId);
      if (!command || !invocation || invocation.visibleAt > new Date()) throw new AwsError("InvocationDoesNotExist", "");
      return whole(command, invocation);
    },
  },
  ListCommandInvocations: {
    run: ({ CommandId, InstanceId, Details = false, MaxResults, NextToken }) => {
      const chosen = [...commands.values()].filter(({ id }) => CommandId === undefined || id === CommandId).reverse();
      const lines = chosen.flatMap((command) =>
        [...command.invocations.values()].filter(({ instanceId }) => InstanceId === undefined || instanceId === InstanceId).map((one) => ({ command, one })),
      );
      const visible = lines.filter(({ one }) => one.visibleAt <= new Date());
      const { items, NextToken: next } = page(visible, pageSize(MaxResults, { smallest: 1, largest: 50 }), NextToken);
      return { CommandInvocations: items.map(({ command, one }) => listed(command, one, Details)), NextToken: next };
    },
  },
  CancelCommand: {
    run: ({ CommandId = "", InstanceIds = [] }) => {
      const command = commands.get(CommandId);
      if (!command) throw new AwsError("InvalidCommandId", "");
      for (const invocation of command.invocations.values()) if (InstanceIds.length === 0 || InstanceIds.includes(invocation.instanceId)) cancel(invocation);
      return {};
    },
  },
});

const instanceArn = (id: string): string => arn("ec2", `instance/${id}`);

/** The document and every instance are authorised by themselves. Source: service authorization reference, Systems Manager. */
function sendRights(account: Account, { DocumentName = "", InstanceIds = [], ServiceRoleArn }: Module.SendCommandCommandInput): Right[] {
  const document = DocumentName.startsWith("arn:") ? DocumentName : documentArn(DocumentName);
  const instances = InstanceIds.map(
    (id): Right => ({ action: "ssm:SendCommand", resources: [instanceArn(id)], context: tagContext(account.links.instanceTags(id)) }),
  );
  return [{ action: "ssm:SendCommand", resources: [document] }, ...instances, ...toPass(ServiceRoleArn, "ssm.amazonaws.com")];
}

const tagContext = (tags: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`ssm:resourceTag/${key}`, value],
      [`aws:ResourceTag/${key}`, value],
    ]),
  );

function send(account: Account, documents: Map<string, Document>, commands: Map<string, Command>, input: Module.SendCommandCommandInput): Command {
  const { InstanceIds: ids = [], Parameters: parameters = {}, TimeoutSeconds: deliverySeconds = LIMITS.defaultTimeout, Comment: comment = "" } = input;
  const document = theDocument(documents, input.DocumentName ?? "");
  refuseTargets(account, input, ids);
  if (deliverySeconds < LIMITS.smallestTimeout)
    throw invalid("timeoutSeconds", deliverySeconds, `Member must have value greater than or equal to ${LIMITS.smallestTimeout}`);
  if (deliverySeconds > LIMITS.largestTimeout)
    throw invalid("timeoutSeconds", deliverySeconds, `Member must have value less than or equal to ${LIMITS.largestTimeout}`);
  const { line, executionSeconds } = interpolate(document, parameters);
  const program = nodeProgram(line);
  const id = crypto.randomUUID();
  const invocations = new Map(ids.map((instanceId) => [instanceId, pending(id, instanceId)]));
  const command: Command = { id, document, parameters, comment, requestedAt: new Date(), deliverySeconds, executionSeconds, invocations };
  commands.set(id, command);
  for (const invocation of invocations.values()) void deliver(account, invocation, { program, deliverySeconds, executionSeconds });
  return command;
}

/** Instances are named by id here; targets by tag are refused by name. One bad instance fails the whole call. */
function refuseTargets(account: Account, input: Module.SendCommandCommandInput, ids: string[]): void {
  if (input.Targets?.length) throw new AwsError("InvalidParameters", "the simulated account models SendCommand by InstanceIds only");
  if (ids.length > LIMITS.instances) throw invalid("instanceIds", `[${ids.join(", ")}]`, `Member must have length less than or equal to ${LIMITS.instances}`);
  if (new Set(ids).size < ids.length) throw new AwsError("DuplicateInstanceId", "You can't specify a managed node ID in more than one association.");
  const bad = ids.filter((id) => !isManaged(account, id));
  if (ids.length === 0 || bad.length > 0)
    throw new AwsError("InvalidInstanceId", `Instances [[${bad.join(", ")}]] not in a valid state for account ${ACCOUNT_ID}`);
}

function isManaged(account: Account, instanceId: string): boolean {
  const machine = account.links.machine(instanceId);
  return machine !== undefined && pingStatus(machine) !== undefined;
}

const pending = (commandId: string, instanceId: string): Invocation => ({
  commandId,
  instanceId,
  requestedAt: new Date(),
  visibleAt: new Date(Date.now() + between(...VISIBLE_MS)),
  status: "Pending",
  statusDetails: "Pending",
  responseCode: -1,
  stdout: "",
  stderr: "",
});

/** Only what has not begun can be cancelled for sure; a running step is left to end. */
function cancel(invocation: Invocation): void {
  if (invocation.status !== "Pending" && invocation.status !== "Delayed") return;
  invocation.status = "Cancelled";
  invocation.statusDetails = "Cancelled";
}
