import type { ExecResult } from "@steward/node/host";
import type { Computer } from "../computer.ts";

/** One call of a program on a machine. */
export interface Call {
  computer: Computer;
  words: string[];
  /** Lets virtual time pass for the program. */
  takes: (ms: number) => Promise<void>;
  timeoutMs: number;
}

/** A program that is installed on machines; what it does takes time in the world. */
export type Command = (call: Call) => Promise<ExecResult>;

/** Most programs that only look are over after this time. */
export const STEP_MS = 5;

export const said = (stdout: string): ExecResult => ({ exitCode: 0, stdout });
export const ended = (exitCode: number): ExecResult => ({ exitCode, stdout: "" });
export const DONE = ended(0);
/** As the shell says that there is no such program. */
export const NOT_FOUND = ended(127);
/** As `timeout` says that a program did not end in time. */
export const OUT_OF_TIME = ended(124);
