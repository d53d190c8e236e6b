import type { Policy } from "../fleet/policy.ts";
import type { CommandReceipt } from "../fleet/probe.ts";

/**
 * How far a step is, read off the facts alone: a step is done when the world says so, not when a call returned. `vanished`
 * marks what has become impossible because the node has gone.
 */
export type Progress =
  | { kind: "done" }
  | { kind: "due" }
  /** Due, and so far on that nothing has to be waited for. */
  | { kind: "more" }
  | { kind: "pending"; because: string }
  | { kind: "impossible"; because: string; vanished?: true };

/** What the run itself knows of the step. */
export interface Standing {
  /** The name under which nodes remember the command. */
  key: string;
  /** The effect was begun in this run. */
  applied: boolean;
  policy: Policy;
}

export const done: Progress = { kind: "done" };
export const due: Progress = { kind: "due" };
export const pending = (because: string): Progress => ({ kind: "pending", because });
export const impossible = (because: string): Progress => ({ kind: "impossible", because });

/** Commands are done when the node says so under the command's own name. */
export function byOutcome({ outcome, because }: CommandReceipt, instanceId: string, meanwhile: string): Progress {
  if (outcome === "done") return done;
  return outcome === "running" ? pending(meanwhile) : impossible(`${instanceId} ${outcome} the command${because ? `: ${because}` : ""}`);
}
