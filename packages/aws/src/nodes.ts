import { GetCommandInvocationCommand, type GetCommandInvocationResult, SendCommandCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { Permanent, Retryable } from "@steward/core/errors";
import { CountReport } from "@steward/core/fleet/count-report";
import { DatabaseReport } from "@steward/core/fleet/database-report";
import type { Probe } from "@steward/core/fleet/facts";
import { type CommandEnvelope, CommandReceipt, type NodeVerb, ProbeReport } from "@steward/core/fleet/probe";
import { ProofReport } from "@steward/core/fleet/proof-report";
import type { DatabaseAnswer } from "@steward/core/proof/database/facts";
import type { Count, Proof } from "@steward/core/proof/facts";
import type { StepContext } from "@steward/core/runbooks/steps";
import type { Quiescing } from "@steward/core/snapshots/ports";
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
  prove: 900,
  "prove-database": 300,
  count: 120,
};
const POLL_MS = 1_000;
/** Milliseconds to wait for reports, whatever the caller's deadline says. */
const PATIENCE_MS = 20_000;
/**
 * Milliseconds from the sending on within which a freeze must be reported. The node's timer thaws 28 s after the command began there, so
 * that at least 8 s are left to ask for a snapshot.
 */
const FREEZE_MS = 20_000;
const THAW_MS = 60_000;

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

  /** How a command ended; undefined where that is not known at the deadline. The last answer may come a little after it. */
  async function ended(commandId: string, instanceId: string, deadline: Date): Promise<GetCommandInvocationResult | undefined> {
    do {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const invocation = await outcome(commandId, instanceId);
      if (invocation) return invocation;
    } while (now() < deadline);
    return undefined;
  }

  async function report(instanceId: string, deadline: Date): Promise<Probe> {
    const commandId = await send(instanceId, "probe", { key: `probe-${now().toISOString()}`, epoch: 0, notAfter: deadline });
    const invocation = await ended(commandId, instanceId, deadline);
    return invocation ? read(instanceId, invocation) : { kind: "unknown", because: "no report in time" };
  }

  /** Null when the node did it and said so by the deadline, else why that can't be said. */
  async function objectionTo(instanceId: string, verb: "quiesce" | "thaw", { context, ms }: { context: StepContext; ms: number }): Promise<string | null> {
    const deadline = new Date(now().getTime() + ms);
    try {
      const invocation = await ended(await send(instanceId, verb, context), instanceId, deadline);
      return invocation && now() <= deadline ? objection(context.key, invocation) : `the node did not answer within ${ms / 1000} s`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
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

    /** Asks a drill's server what is on its copy, and does not wait; returns the name under which `proof` finds the answer. */
    ask: (instanceId: string): Promise<string> => send(instanceId, "prove", { key: `prove-${now().toISOString()}`, epoch: 0, notAfter: now() }),

    /** Asks a node that serves what is in a copy of the database and what in the fleet's own, and does not wait; `databaseProof` finds the answer. */
    askDatabase: (instanceId: string, copy: { host: string; port: number }): Promise<string> =>
      send(instanceId, "prove-database", { key: `prove-database-${now().toISOString()}`, epoch: 0, notAfter: now(), copy }),

    async databaseProof(commandId: string, instanceId: string): Promise<DatabaseAnswer> {
      const invocation = await outcome(commandId, instanceId);
      return invocation ? provenDatabase(instanceId, invocation) : { kind: "running" };
    },
    /** Asks a server how much it has, and does not wait; returns the name under which `counted` finds the answer. */
    count: (instanceId: string): Promise<string> => send(instanceId, "count", { key: `count-${now().toISOString()}`, epoch: 0, notAfter: now() }),

    /** What became of that question. */
    async counted(commandId: string, instanceId: string): Promise<Count> {
      const invocation = await outcome(commandId, instanceId);
      return invocation ? readCount(instanceId, invocation) : { kind: "running" };
    },

    /** What became of the question what is on a copy. */
    async proof(commandId: string, instanceId: string): Promise<Proof> {
      const invocation = await outcome(commandId, instanceId);
      return invocation ? proven(instanceId, invocation) : { kind: "running" };
    },

    /**
     * Never throws: whoever does not know that the volume stands still takes it for moving. The key must be new: to one that it knows, a
     * node says what it did then, and does nothing.
     */
    async quiesce(instanceId: string, context: StepContext): ReturnType<Quiescing["quiesce"]> {
      const because = await objectionTo(instanceId, "quiesce", { context, ms: FREEZE_MS });
      return because === null ? { frozen: true } : { frozen: false, because };
    },

    /** Never throws: a node that hears of it in no time is let go by its own timer. */
    async thaw(instanceId: string, context: StepContext & { freeze?: string }): ReturnType<Quiescing["thaw"]> {
      const because = await objectionTo(instanceId, "thaw", { context, ms: THAW_MS });
      return because === null ? { held: true } : { held: false, because };
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

function proven(instanceId: string, { Status, StatusDetails, StandardOutputContent, ResponseCode }: GetCommandInvocationResult): Proof {
  if (Status !== "Success") return { kind: "unknown", because: `the proof ended as ${StatusDetails ?? Status} (exit code ${ResponseCode ?? "unknown"})` };
  const { data } = ProofReport.safeParse(jsonOf(StandardOutputContent ?? ""));
  if (data?.instanceId !== instanceId) return { kind: "unknown", because: "the report is cut off, has the wrong shape or is that of another server" };
  return { kind: "report", report: data };
}

function provenDatabase(instanceId: string, { Status, StatusDetails, StandardOutputContent, ResponseCode }: GetCommandInvocationResult): DatabaseAnswer {
  if (Status !== "Success") return { kind: "unknown", because: `the report ended as ${StatusDetails ?? Status} (exit code ${ResponseCode ?? "unknown"})` };
  const { data } = DatabaseReport.safeParse(jsonOf(StandardOutputContent ?? ""));
  if (data?.instanceId !== instanceId) return { kind: "unknown", because: "the report is cut off, has the wrong shape or is that of another node" };
  return { kind: "report", report: data };
}

function readCount(instanceId: string, { Status, StatusDetails, StandardOutputContent, ResponseCode }: GetCommandInvocationResult): Count {
  if (Status !== "Success") return { kind: "unknown", because: `the counting ended as ${StatusDetails ?? Status} (exit code ${ResponseCode ?? "unknown"})` };
  const { data } = CountReport.safeParse(jsonOf(StandardOutputContent ?? ""));
  if (data?.instanceId !== instanceId) return { kind: "unknown", because: "the count is cut off, has the wrong shape or is that of another server" };
  return { kind: "report", report: data };
}

/** What speaks against the command having been done; the receipt says more than the exit code. */
function objection(key: string, { Status, StatusDetails, StandardOutputContent, ResponseCode }: GetCommandInvocationResult): string | null {
  const { data: receipt } = CommandReceipt.safeParse(jsonOf(StandardOutputContent ?? ""));
  if (receipt?.key === key && receipt.because !== undefined) return receipt.because;
  if (Status !== "Success") return `the command ended as ${StatusDetails ?? Status} (exit code ${ResponseCode ?? "unknown"})`;
  return receipt?.key === key && receipt.outcome === "done" ? null : "the node's answer is cut off or that to another command";
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
