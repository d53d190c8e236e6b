import { GetCommandInvocationCommand, type GetCommandInvocationResult, SendCommandCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { Permanent, Retryable } from "@steward/core/errors";
import type { Probe } from "@steward/core/fleet/facts";
import { type CommandEnvelope, type NodeVerb, ProbeReport } from "@steward/core/fleet/probe";
import { answered, calling } from "./failures.ts";

/** Seconds until an undelivered command expires: the smallest that SendCommand takes, so that few arrive late. */
const DELIVERY_SECONDS = 30;
/** Seconds that a verb may run on the node; a report that takes longer comes too late for whoever asked. */
const EXECUTION_SECONDS: Record<NodeVerb, number> = {
  probe: 20,
  "init-database": 180,
  converge: 600,
  restart: 600,
  drain: 120,
  resume: 120,
  quiesce: 90,
  thaw: 60,
  collect: 90,
};
const POLL_MS = 1_000;
/** Milliseconds to wait for reports, whatever the caller's deadline says. */
const PATIENCE_MS = 20_000;

export interface NodesConfig {
  client: SSMClient;
  /** Name of the one command document. */
  document: string;
  now: () => Date;
}
export type Nodes = ReturnType<typeof createNodes>;

/** Speaks with the node program through Systems Manager Run Command. */
export function createNodes({ client, document, now }: NodesConfig) {
  async function send(instanceId: string, verb: NodeVerb, envelope: CommandEnvelope): Promise<string> {
    const Parameters = { verb: [verb], payload: [encode(envelope)], executionTimeout: [String(EXECUTION_SECONDS[verb])] };
    const command = new SendCommandCommand({ DocumentName: document, InstanceIds: [instanceId], TimeoutSeconds: DELIVERY_SECONDS, Parameters });
    const { Command } = await calling(`send ${verb} to ${instanceId}`, () => client.send(command));
    if (!Command?.CommandId) throw new Retryable(`Systems Manager took ${verb} for ${instanceId} without naming the command`);
    return Command.CommandId;
  }

  /** Undefined while the command is under way; InvocationDoesNotExist is normal for the first moments. */
  async function outcome(commandId: string, instanceId: string): Promise<GetCommandInvocationResult | undefined> {
    try {
      const invocation = await calling("ask for the report", () =>
        client.send(new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId })),
      );
      return UNDER_WAY.has(invocation.Status ?? "") ? undefined : invocation;
    } catch (error) {
      if (error instanceof Retryable || (error instanceof Permanent && answered(error.cause, "InvocationDoesNotExist"))) return undefined;
      throw error;
    }
  }

  async function report(instanceId: string, deadline: Date): Promise<Probe> {
    const commandId = await send(instanceId, "probe", { key: `probe-${now().toISOString()}`, epoch: 0, notAfter: deadline });
    do {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const invocation = await outcome(commandId, instanceId);
      if (invocation) return read(instanceId, invocation);
    } while (now() < deadline);
    return { kind: "unknown", because: "no report in time" };
  }

  return {
    /** Gives one command to each node, and does not wait: the receipt in the next report tells the outcome. */
    async command(instanceIds: string[], verb: Exclude<NodeVerb, "probe">, envelope: CommandEnvelope): Promise<void> {
      await Promise.all(instanceIds.map((instanceId) => send(instanceId, verb, envelope)));
    },

    /** Asks each node for its report, one command per node, because SendCommand fails whole when one id is not valid; never throws. */
    async reports(instanceIds: string[], deadline: Date): Promise<Map<string, Probe>> {
      const until = new Date(Math.min(deadline.getTime(), now().getTime() + PATIENCE_MS));
      const ask = (instanceId: string) =>
        report(instanceId, until).catch((error: unknown): Probe => ({ kind: "unknown", because: String((error as Error).message) }));
      return new Map(await Promise.all(instanceIds.map(async (instanceId) => [instanceId, await ask(instanceId)] as const)));
    },
  };
}

/** Source: GetCommandInvocation API reference, Status. */
const UNDER_WAY = new Set(["Pending", "InProgress", "Delayed", "Cancelling"]);

const encode = (envelope: CommandEnvelope): string => Buffer.from(JSON.stringify(envelope)).toString("base64url");

function read(instanceId: string, { Status, StatusDetails, StandardOutputContent, ResponseCode }: GetCommandInvocationResult): Probe {
  if (Status !== "Success") return { kind: "unknown", because: `the probe ended as ${StatusDetails ?? Status} (exit code ${ResponseCode ?? "unknown"})` };
  const parsed = ProbeReport.safeParse(jsonOf(StandardOutputContent ?? ""));
  if (!parsed.success) return { kind: "unknown", because: "the report is cut off or has the wrong shape" };
  if (parsed.data.instanceId !== instanceId) return { kind: "unknown", because: `the report is that of ${parsed.data.instanceId}` };
  return { kind: "report", report: parsed.data };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
