import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const PROGRAM = new URL("../../packages/cli/bin/steward.mjs", import.meta.url).pathname;
const START_LIMIT_MS = 50_000;

export interface AccountProcess {
  /** What the command tells its user to export, and nothing of this machine's own AWS settings. */
  environment: Record<string, string>;
  /** Interrupts it as Ctrl-C does; says how it ended and what it complained about. */
  stop: () => Promise<{ code: number | null; stderr: string }>;
}

/** Runs `steward account` on a free port; resolves once it has said how to reach it. */
export async function startAccountProcess(): Promise<AccountProcess> {
  const child = spawn(process.execPath, [PROGRAM, "account", "--port", "0", "--seed", "1"], { stdio: ["ignore", "pipe", "pipe"] });
  process.once("exit", () => child.kill());
  const stderr = textOf(child.stderr);
  const welcome = await welcomeOf(child, stderr);
  return { environment: { ...settings(), ...exportsOf(welcome) }, stop: async () => ({ code: await interrupt(child), stderr: stderr() }) };
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}

function welcomeOf(child: ChildProcess, stderr: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      child.kill();
      reject(new Error(`steward account ${why}: ${stderr()}`));
    };
    const limit = setTimeout(() => fail(`says nothing within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    const stdout = child.stdout ? textOf(child.stdout) : () => "";
    child.stdout?.on("data", () => {
      if (!stdout().includes("Ctrl-C ends it")) return;
      clearTimeout(limit);
      resolve(stdout());
    });
    child.once("exit", (code) => {
      clearTimeout(limit);
      fail(`ended with exit code ${code}`);
    });
  });
}

/** The variables of the printed `export` lines. */
function exportsOf(welcome: string): Record<string, string> {
  const pairs = [...welcome.matchAll(/^\s*export (.+)$/gm)].flatMap(([, line = ""]) => line.split(" "));
  return Object.fromEntries(pairs.map((pair) => pair.split("=")));
}

const settings = (): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
  // A second attempt would hide what the first answer was.
  AWS_MAX_ATTEMPTS: "1",
});

async function interrupt(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  child.kill("SIGINT");
  const [code] = await ended;
  return code;
}
