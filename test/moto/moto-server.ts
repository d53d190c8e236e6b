import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { type Clients, createClients } from "@steward/aws/clients";

const PROGRAM = new URL("../../.venv/bin/moto_server", import.meta.url).pathname;
const INSTALL = "python3 -m venv .venv && .venv/bin/pip install 'moto[server]==5.2.1'";

export interface MotoServer {
  endpoint: string;
  clients: Clients;
  stop: () => void;
}

/** Starts moto on a free port of this machine; without the program the tests fail and say how to get it. */
export async function startMoto(): Promise<MotoServer> {
  if (!existsSync(PROGRAM)) throw new Error(`these tests need moto 5.2.1 in .venv: ${INSTALL}`);
  const port = await freePort();
  const child = spawn(PROGRAM, ["-H", "127.0.0.1", "-p", `${port}`], { stdio: "ignore", env: { ...process.env, MOTO_EC2_LOAD_DEFAULT_AMIS: "false" } });
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(endpoint, child);
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  // An unimplemented call is an HTTP 500 page in moto, which the SDK would retry.
  const clients = createClients({ region: "us-east-1", credentials, endpoint, maxAttempts: 1 });
  return { endpoint, clients, stop: () => child.kill() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port was given"))));
    });
  });
}

async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with exit code ${child.exitCode}; reinstall it: ${INSTALL}`);
    const answer = await fetch(`${endpoint}/moto-api/`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error("moto_server does not answer within 30 s");
}
