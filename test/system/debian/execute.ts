import { spawn } from "node:child_process";
import { join } from "node:path";

/** Stands for whatever lies in the environment of whoever calls the program; it must reach nobody. */
export const CANARY = "canary-environment-pa55word";

/** How a run of the program ended. */
export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

interface Execution {
  root: string;
  aws: string;
  metadata: string;
  words: string[];
  /** Resolves when the program is to be killed; given what it has said so far. */
  moment?: ((said: () => string) => Promise<unknown>) | undefined;
}

/** Runs the installed program on a root; kills it when the moment has come, where there is one. */
export function execute({ root, aws, metadata, words, moment }: Execution): Promise<Ended> {
  const env = {
    PATH: process.env.PATH,
    STEWARD_ROOT: root,
    AWS_ENDPOINT_URL: aws,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata,
    PACKAGEMANAGER_POSTGRES_PASSWORD: CANARY,
  };
  const child = spawn(join(root, "opt/steward/bin/steward-node"), words, { env, stdio: ["ignore", "pipe", "pipe"] });
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    out.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    out.stderr += chunk;
  });
  void moment?.(() => out.stderr).then(() => child.kill("SIGKILL"));
  return new Promise((resolve) => child.once("close", (exitCode) => resolve({ exitCode, ...out })));
}
