import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { realAws } from "./real-aws.ts";
import { entryAt, list, makeFolder, readEndIfThere, readIfThere, readLinked, remove, writeWhole } from "./real-files.ts";
import { takeLock } from "./real-lock.ts";
import { connect, download, get } from "./real-network.ts";
import { execute } from "./real-process.ts";

/** The computer this program runs on. `STEWARD_ROOT` puts another directory in the place of `/` (tests). */
export function realHost(environment: NodeJS.ProcessEnv): Host {
  const root = environment.STEWARD_ROOT ?? "/";
  const at = (path: string) => join(root, path);
  return {
    invocation: environment.INVOCATION_ID,
    instanceId: async () => (await readIfThere(at(PATHS.instanceId)))?.trim() ?? "unknown",
    readFile: (path) => (/^\/(etc|run|usr\/lib|lib)\/systemd\//.test(path) ? readLinked(at(path)) : readIfThere(at(path))),
    readEnd: (path, bytes) => readEndIfThere(at(path), bytes),
    writeFile: (path, text, access) => writeWhole(root, at(path), text, access),
    removeFile: (path) => remove(at(path)),
    makeFolder: (path, access) => makeFolder(root, at(path), access),
    list: (path) => list(at(path)),
    entry: (path) => entryAt(root, at(path)),
    locate: at,
    exec: (command, args, timeoutMs) => execute(root, command, args, timeoutMs),
    get,
    download,
    connect,
    aws: (settings) => realAws(settings),
    log: (line) => process.stderr.write(`steward-node: ${line}\n`),
    lock: (waitMs) => takeLock(root, waitMs),
    now: () => new Date(),
    sleep: (ms) => sleep(ms),
  };
}
