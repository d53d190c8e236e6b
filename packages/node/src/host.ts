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
  /** The desired state document as this node's own role reads it; whoever calls checks its shape. */
  fetchDesired: () => Promise<unknown>;
  /** Takes the node's only lock and resolves to its release, or to undefined when it stays taken for `waitMs`. */
  lock: (waitMs: number) => Promise<(() => Promise<void>) | undefined>;
  now: () => Date;
  sleep: (ms: number) => Promise<void>;
}
