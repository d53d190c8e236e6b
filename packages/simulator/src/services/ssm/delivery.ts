import type { Account } from "../../account/account.ts";
import { between } from "../../world/chance.ts";
import type { NodeProgram } from "./interpolate.ts";
import { pingStatus } from "./managed-nodes.ts";

type Status = "Pending" | "Delayed" | "InProgress" | "Success" | "Failed" | "TimedOut" | "Cancelled";

/** One command on one node. */
export interface Invocation {
  commandId: string;
  instanceId: string;
  requestedAt: Date;
  /** GetCommandInvocation does not know it before this time. */
  visibleAt: Date;
  status: Status;
  statusDetails: string;
  startedAt?: Date;
  endedAt?: Date;
  /** -1 until the program has ended. */
  responseCode: number;
  stdout: string;
  stderr: string;
}

/** A program for one node, and how long it may take to get there and to run. */
export interface Order {
  program: NodeProgram;
  deliverySeconds: number;
  executionSeconds: number;
}

/** Delivery was seen to take about a second; a node that is away is tried again every few seconds (assumed). */
const DELIVERY_MS = [500, 2_000] as const;
const TRY_AGAIN_MS = 3_000;
/** The agent kills a step that runs too long: exit code 137, as real invocations show it. */
const KILLED = 137;

/** Brings a command to its node within its delivery timeout, even late, and runs it there. Statuses: user guide, "Understanding command statuses". */
export async function deliver(account: Account, invocation: Invocation, order: Order): Promise<void> {
  const deadline = invocation.requestedAt.getTime() + order.deliverySeconds * 1000;
  await after(between(...DELIVERY_MS));
  while (!account.links.machine(invocation.instanceId)?.agentOnline()) {
    if (Date.now() >= deadline) return undelivered(account, invocation);
    settle(invocation, "Delayed", "Delayed");
    await after(Math.min(TRY_AGAIN_MS, deadline - Date.now()));
    if (invocation.status === "Cancelled") return;
  }
  if (invocation.status !== "Cancelled") await run(account, invocation, order);
}

/** A node that has been away for long is told apart from one that only missed this command. */
function undelivered(account: Account, invocation: Invocation): void {
  const machine = account.links.machine(invocation.instanceId);
  const lost = !machine || pingStatus(machine) !== "Online";
  invocation.endedAt = new Date();
  settle(invocation, lost ? "Failed" : "TimedOut", lost ? "Undeliverable" : "DeliveryTimedOut");
}

async function run(account: Account, invocation: Invocation, order: Order): Promise<void> {
  const machine = account.links.machine(invocation.instanceId);
  if (!machine) return undelivered(account, invocation);
  settle(invocation, "InProgress", "InProgress");
  invocation.startedAt = new Date();
  const kill = new AbortController();
  const result = await Promise.race([machine.runCommand(order.program.verb, order.program.payload, kill.signal), after(order.executionSeconds * 1000)]);
  invocation.endedAt = new Date();
  if (!result) {
    kill.abort();
    invocation.responseCode = KILLED;
    settle(invocation, "TimedOut", "ExecutionTimedOut");
    return;
  }
  Object.assign(invocation, { responseCode: result.exitCode, stdout: result.stdout, stderr: result.stderr });
  settle(invocation, result.exitCode === 0 ? "Success" : "Failed", result.exitCode === 0 ? "Success" : "Failed");
}

function settle(invocation: Invocation, status: Status, details: string): void {
  invocation.status = status;
  invocation.statusDetails = details;
}

const after = (ms: number): Promise<undefined> => new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
