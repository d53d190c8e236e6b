import { execFile } from "node:child_process";
import { join } from "node:path";
import type { ExecResult } from "./host.ts";

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const OUT_OF_TIME = 124;
const NO_SUCH_COMMAND = 127;
/** Characters of a complaint that are kept. */
const COMPLAINT = 1_000;

/** Runs a program by name or absolute path; its environment is made here, so nothing of ours can leak into it. */
export function execute(root: string, command: string, args: string[], timeoutMs: number): Promise<ExecResult> {
  const file = command.startsWith("/") ? join(root, command) : command;
  const path = root === "/" ? SYSTEM_PATH : `${join(root, "usr/bin")}:${SYSTEM_PATH}`;
  const env = { PATH: path, LC_ALL: "C", TZ: "UTC" };
  return new Promise((resolve) => {
    execFile(file, args, { env, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ exitCode: exitCode(error), stdout: isCut(error) ? wholeLines(stdout) : stdout, stderr: stderr.slice(0, COMPLAINT) });
    });
  });
}

/** A program that was ended may have been in the middle of a line, where nobody would know half a secret for one. */
const isCut = (error: ExecError): boolean => error?.killed === true || error?.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER";

const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf("\n") + 1);

type ExecError = (Error & { code?: unknown; killed?: boolean }) | null;

function exitCode(error: ExecError): number {
  if (!error) return 0;
  if (error.killed) return OUT_OF_TIME;
  if (error.code === "ENOENT") return NO_SUCH_COMMAND;
  return typeof error.code === "number" ? error.code : 1;
}
