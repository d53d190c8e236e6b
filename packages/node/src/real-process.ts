import { execFile } from "node:child_process";
import { join } from "node:path";
import type { ExecResult } from "./host.ts";

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const OUT_OF_TIME = 124;
const NO_SUCH_COMMAND = 127;

/** Runs a program by name or absolute path; its environment is made here, so nothing of ours can leak into it. */
export function execute(root: string, command: string, args: string[], timeoutMs: number): Promise<ExecResult> {
  const file = command.startsWith("/") ? join(root, command) : command;
  const path = root === "/" ? SYSTEM_PATH : `${join(root, "usr/bin")}:${SYSTEM_PATH}`;
  const env = { PATH: path, LC_ALL: "C", TZ: "UTC" };
  return new Promise((resolve) => {
    execFile(file, args, { env, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: 1024 * 1024 }, (error, stdout) => {
      resolve({ exitCode: exitCode(error), stdout });
    });
  });
}

function exitCode(error: (Error & { code?: unknown; killed?: boolean }) | null): number {
  if (!error) return 0;
  if (error.killed) return OUT_OF_TIME;
  if (error.code === "ENOENT") return NO_SUCH_COMMAND;
  return typeof error.code === "number" ? error.code : 1;
}
