import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { realAws } from "./real-aws.ts";
import { writeWhole } from "./real-files.ts";
import { takeLock } from "./real-lock.ts";
import { connect, get } from "./real-network.ts";
import { execute } from "./real-process.ts";

/** The computer this program runs on. `STEWARD_ROOT` puts another directory in the place of `/` (tests). */
export function realHost(environment: NodeJS.ProcessEnv): Host {
  const root = environment.STEWARD_ROOT ?? "/";
  const at = (path: string) => join(root, path);
  return {
    instanceId: async () => (await readIfThere(at(PATHS.instanceId)))?.trim() ?? "unknown",
    readFile: (path) => readIfThere(at(path)),
    writeFile: (path, text, access) => writeWhole(root, at(path), text, access),
    exec: (command, args, timeoutMs) => execute(root, command, args, timeoutMs),
    get,
    connect,
    aws: (settings) => realAws(settings),
    log: (line) => process.stderr.write(`steward-node: ${line}\n`),
    lock: (waitMs) => takeLock(root, waitMs),
    now: () => new Date(),
    sleep: (ms) => sleep(ms),
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
