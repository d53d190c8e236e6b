import type { NodeSettings } from "@steward/core/fleet/node-settings";

/** How a child process ended; 124 = out of time, 127 = no such command (the shell's own numbers). */
export interface ExecResult {
  exitCode: number;
  stdout: string;
}

/** What an HTTP request to this node came to. */
export type HttpResult = { kind: "answer"; status: number; ms: number; body: string } | { kind: "timeout" } | { kind: "refused" };

/** Who owns a written file and who may read it. */
export interface FileAccess {
  mode: number;
  owner: string;
}

/**
 * What a node asks of AWS, with the rights of its own role and nothing more. Every verb ends within some seconds and
 * rejects when it got no answer that it understands.
 */
export interface Aws {
  /** Text of the desired state document. */
  desired: () => Promise<string>;
  /** When Steward's last sweep succeeded; undefined when no sweep ever did. */
  lastSweep: () => Promise<Date | undefined>;
  /**
   * Where the group takes this node, from instance metadata: `InService` from the launch on, in the launch hook and after it.
   * Undefined outside of a group. Source: Auto Scaling user guide, "Retrieve the target lifecycle state through instance metadata".
   */
  lifecycleTarget: () => Promise<string | undefined>;
  /** Completes the launch hook of this node with CONTINUE; `not-waiting` when it does not wait in it, or not any more. */
  letIn: (instanceId: string) => Promise<"let-in" | "not-waiting">;
}

/** Everything `steward-node` may touch of the computer it runs on; the same program runs on a real host and on a simulated one. */
export interface Host {
  /** EC2's id of this computer. */
  instanceId: () => Promise<string>;
  /** Text of a file, or undefined when there is none; rejects when it is there and cannot be read. */
  readFile: (path: string) => Promise<string | undefined>;
  /** Writes the whole file or nothing, whenever the program is killed. */
  writeFile: (path: string, text: string, access: FileAccess) => Promise<void>;
  /** Runs a program without a shell and with an environment that holds nothing of ours. */
  exec: (command: string, args: string[], timeoutMs: number) => Promise<ExecResult>;
  get: (url: string, timeoutMs: number) => Promise<HttpResult>;
  /** Whether a TCP connection can be opened in time. */
  connect: (host: string, port: number, timeoutMs: number) => Promise<boolean>;
  aws: (settings: NodeSettings) => Aws;
  /** One line for whoever looks into the node's journal; never a secret. */
  log: (line: string) => void;
  /** Takes the node's only lock and resolves to its release, or to undefined when it stays taken for `waitMs`. */
  lock: (waitMs: number) => Promise<(() => Promise<void>) | undefined>;
  now: () => Date;
  sleep: (ms: number) => Promise<void>;
}
