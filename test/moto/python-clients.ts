import { spawn } from "node:child_process";
import { accessSync } from "node:fs";

const BIN = new URL("../../.venv/bin/", import.meta.url).pathname;
const INSTALL = "python3 -m venv .venv && .venv/bin/pip install -r test/moto/requirements.txt";

/** How a program ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Options {
  /** The whole environment: nothing of this machine's own comes with it. */
  environment: Record<string, string>;
  input?: string;
}

/** Runs a program of `.venv` with this environment only; fails with the command to install it where it is missing. */
export function runPython(program: "aws" | "python", args: string[], options: Options): Promise<Ended> {
  return run(installed(program), args, options);
}

/** Runs a line of shell in which `aws` is the CLI of `.venv`; stdout is a pipe, which `/dev/stdout` can open. */
export function runShell(line: string, { environment }: Pick<Options, "environment">): Promise<Ended> {
  installed("aws");
  const PATH = `${BIN}:${environment.PATH ?? ""}`;
  return run("bash", ["--norc", "-o", "pipefail", "-c", `{ ${line}\n} | cat`], { environment: { ...environment, PATH } });
}

function installed(program: string): string {
  try {
    accessSync(BIN + program);
  } catch (cause) {
    throw new Error(`these tests need ${program} in .venv: ${INSTALL}`, { cause });
  }
  return BIN + program;
}

function run(program: string, args: string[], { environment, input = "" }: Options): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environment });
    const ended: Ended = { code: null, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      ended.stdout += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      ended.stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...ended, code }));
    child.stdin.end(input);
  });
}
