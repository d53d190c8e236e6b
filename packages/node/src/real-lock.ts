import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PATHS } from "./paths.ts";

/** How `flock` ends when the lock stayed taken. */
const TAKEN = 75;
const PROGRAM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * One process at a time. The lock lies on an open file that root alone can open; `flock` takes it on the descriptor which it is
 * given, so it stays with this process and goes with it, however that ends. Source: flock(2) and flock(1), "number".
 */
export async function takeLock(root: string, waitMs: number): Promise<(() => Promise<void>) | undefined> {
  const path = join(root, PATHS.lock);
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  const taken = await lock(file, waitMs).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  if (taken) return () => file.close();
  await file.close();
  return undefined;
}

function lock(file: FileHandle, waitMs: number): Promise<boolean> {
  const words = ["--exclusive", "--conflict-exit-code", String(TAKEN), "--wait", String(waitMs / 1_000), "3"];
  const child = spawn("flock", words, { env: { PATH: PROGRAM_PATH }, stdio: ["ignore", "ignore", "ignore", file.fd] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (exitCode) => {
      if (exitCode === 0 || exitCode === TAKEN) resolve(exitCode === 0);
      else reject(new Error(`flock ended with exit code ${exitCode}`));
    });
  });
}
