import type { DocumentPointer } from "@steward/core/desired/documents";
import type { NodeSettings } from "@steward/core/fleet/node-settings";

/** How a child process ended; 124 = out of time, 127 = no such command (the shell's own numbers). */
export interface ExecResult {
  exitCode: number;
  stdout: string;
  /** The beginning of what it complained; for a decision alone, never to be shown. */
  stderr?: string;
}

/** What an HTTP request to this node came to. */
export type HttpResult = { kind: "answer"; status: number; ms: number; body: string } | { kind: "timeout" } | { kind: "refused" };

/** What the download of something large came to: its size in bytes, and its beginning as text. */
export type Download = { kind: "answer"; status: number; ms: number; bytes: number; beginning: string } | { kind: "timeout" } | { kind: "refused" };

/** Who owns a file or folder and who may read it. */
export interface FileAccess {
  mode: number;
  owner: string;
}

/** What lies at a path itself: a link is neither file nor folder. */
export interface Entry extends FileAccess {
  kind: "file" | "folder" | "other";
}

/**
 * What a node asks of AWS, with the rights of its own role and nothing more. Every verb ends within some seconds and
 * rejects when it got no answer that it understands.
 */
export interface Aws {
  /** Text of the desired state parameter. */
  desired: () => Promise<string>;
  /** Text of a document of the state bucket, as it lies there: whoever asks compares it with its hash. */
  document: (pointer: DocumentPointer) => Promise<string>;
  /** Text of a secret, by name or ARN; it must never reach a log, an argument, an output or another file than its own. */
  secret: (id: string) => Promise<string>;
  /** Keeps a text in the state bucket as evidence. */
  keepEvidence: (bucket: string, key: string, text: string) => Promise<void>;
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
  /** systemd's id of the run of the unit that this program is; undefined where it is none. Source: systemd.exec(5), "INVOCATION_ID". */
  invocation: string | undefined;
  /** EC2's id of this computer. */
  instanceId: () => Promise<string>;
  /**
   * Text of a file of at most 1 MiB, or undefined when there is none; rejects when it is there and cannot be read, also where
   * a link or a pipe lies, because others than root write in some folders. Links count in systemd's own folders alone.
   */
  readFile: (path: string) => Promise<string | undefined>;
  /** The last bytes of a file as text, under the same conditions and for any size. */
  readEnd: (path: string, bytes: number) => Promise<string | undefined>;
  /** Writes the whole file or nothing, whenever the program is killed; makes its folder where there is none. */
  writeFile: (path: string, text: string, access: FileAccess) => Promise<void>;
  /** Takes a file away; one that is not there is fine. */
  removeFile: (path: string) => Promise<void>;
  /** Makes a folder, and gives it owner and mode also where it is there. */
  makeFolder: (path: string, access: FileAccess) => Promise<void>;
  /** Names in a folder, sorted; none where there is no such folder. */
  list: (path: string) => Promise<string[]>;
  /** What lies at a path; undefined when there is nothing. Owner is the account's name, or its number where it has none. */
  entry: (path: string) => Promise<Entry | undefined>;
  /** A path of this computer as another program on it has to be told it. */
  locate: (path: string) => string;
  /** Runs a program without a shell and with an environment that holds nothing of ours; words that are paths come from `locate`. */
  exec: (command: string, args: string[], timeoutMs: number) => Promise<ExecResult>;
  get: (url: string, timeoutMs: number) => Promise<HttpResult>;
  /** Reads an answer of any size to its end and keeps no more of it than its first 256 KiB. */
  download: (url: string, timeoutMs: number) => Promise<Download>;
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
