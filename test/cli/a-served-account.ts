import { spawn } from "node:child_process";

const BIN = new URL("../../packages/cli/bin/steward.mjs", import.meta.url).pathname;

/** The simulated account as `steward account` serves it: a process of its own on a free port, until it is ended. */
export async function aServedAccount(...options: string[]): Promise<{ endpoint: string; end: () => void }> {
  const account = spawn(process.execPath, [BIN, "account", "--port", "0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const endpoint = await new Promise<string>((resolve, reject) => {
    let said = "";
    account.once("exit", (code) => reject(new Error(`steward account ended with ${code} before it listened`)));
    account.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const [, url] = /AWS_ENDPOINT_URL=(\S+)/.exec(said) ?? [];
      if (url) resolve(url);
    });
  });
  return { endpoint, end: () => void account.kill("SIGINT") };
}
