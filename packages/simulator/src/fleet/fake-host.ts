import type { NodeSettings } from "@steward/core/fleet/node-settings";
import type { Aws, ExecResult, Host, HttpResult } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";
import type { PackageManager } from "./package-manager.ts";
import type { SharedDependencies } from "./shared-dependencies.ts";

/** A program on a machine; once killed, nothing that it waits for ever comes. */
export interface Killable {
  killed: boolean;
}

/** What a program sees of its machine. */
export interface Computer {
  instanceId: string;
  image: { version: string };
  files: Map<string, string>;
  packageManager: PackageManager;
  /** AWS as the instance's own role may use it. */
  aws: (settings: NodeSettings) => Aws;
  /** What its programs wrote to systemd's journal, oldest first. */
  journal: { at: Date; line: string }[];
}

/** Every operation of a program takes this long, so that it can be killed between any two. */
const STEP_MS = 5;
const SYSTEMCTL_MS = 300;
/** systemd waits for a process that does not stop before it kills it. */
const STOP_HUNG_MS = 10_000;
const OFFLINE_MS = 1_500;
const LOCK_LOOK_MS = 250;

const locks = new WeakMap<Computer, Killable>();

/** The same `Host` that the real program gets, on a machine in memory and in the world's time. */
export function fakeHost(computer: Computer, shared: SharedDependencies, program: Killable): Host {
  const takes = (ms: number) => elapsed(program, ms);
  return {
    instanceId: async () => {
      await takes(STEP_MS);
      return computer.instanceId;
    },
    readFile: async (path) => {
      await takes(STEP_MS);
      return computer.files.get(path);
    },
    writeFile: async (path, text) => {
      await takes(STEP_MS);
      computer.files.set(path, text);
    },
    exec: (command, args, timeoutMs) => execute(computer, takes, [command, ...args].join(" "), timeoutMs),
    get: (url, timeoutMs) => request(computer, takes, new URL(url).pathname, timeoutMs),
    connect: async (_host, port, timeoutMs) => {
      const reachable = (port === 5432 ? shared.database : shared.storage).reachable;
      await takes(reachable ? STEP_MS : timeoutMs);
      return reachable;
    },
    aws: (settings) => outlived(computer.aws(settings), takes),
    log: (line) => void computer.journal.push({ at: new Date(), line }),
    lock: (waitMs) => lock(computer, program, waitMs),
    now: () => new Date(),
    sleep: takes,
  };
}

async function elapsed(program: Killable, ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
  if (program.killed) await new Promise<never>(() => {});
}

/** A program that was killed meanwhile never hears what AWS answered it. */
function outlived(aws: Aws, takes: (ms: number) => Promise<void>): Aws {
  const heard = async <T>(ask: () => Promise<T>): Promise<T> => {
    await takes(STEP_MS);
    return ask().finally(() => takes(0));
  };
  return {
    desired: () => heard(aws.desired),
    lastSweep: () => heard(aws.lastSweep),
    lifecycleTarget: () => heard(aws.lifecycleTarget),
    letIn: (instanceId) => heard(() => aws.letIn(instanceId)),
  };
}

async function request(computer: Computer, takes: (ms: number) => Promise<void>, path: string, timeoutMs: number): Promise<HttpResult> {
  const answer = computer.packageManager.answer(path);
  await takes(answer.kind === "timeout" ? timeoutMs : answer.kind === "answer" ? answer.ms : STEP_MS);
  return answer;
}

const NOT_FOUND: ExecResult = { exitCode: 127, stdout: "" };

/** The few commands that are installed on a machine. */
async function execute({ image, packageManager }: Computer, takes: (ms: number) => Promise<void>, line: string, timeoutMs: number): Promise<ExecResult> {
  switch (line) {
    case "dpkg-query -W -f=$" + "{Version} rstudio-pm":
      await takes(STEP_MS);
      return { exitCode: 0, stdout: image.version };
    case "systemctl show rstudio-pm --property=ActiveState,ActiveEnterTimestamp":
      await takes(STEP_MS);
      return { exitCode: 0, stdout: shown(packageManager.state()) };
    case "systemctl start rstudio-pm":
      await takes(SYSTEMCTL_MS);
      packageManager.start();
      return { exitCode: 0, stdout: "" };
    case "systemctl restart rstudio-pm":
      await takes(Math.min(packageManager.isHung() ? STOP_HUNG_MS : SYSTEMCTL_MS, timeoutMs));
      packageManager.stop();
      packageManager.start();
      return { exitCode: 0, stdout: "" };
    case `${PATHS.rspm} offline`:
      await takes(packageManager.isHung() ? timeoutMs : OFFLINE_MS);
      if (packageManager.isHung()) return { exitCode: 124, stdout: "" };
      return { exitCode: packageManager.goOffline() ? 0 : 1, stdout: "" };
    default:
      return NOT_FOUND;
  }
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `systemctl show` prints the time of the last activation as `Mon 2026-01-05 09:00:00 UTC`, or nothing. */
function shown({ state, since }: { state: string; since: Date | null }): string {
  const stamp = since && state === "active" ? `${DAYS[since.getUTCDay()]} ${since.toISOString().slice(0, 19).replace("T", " ")} UTC` : "";
  return `ActiveState=${state}\nActiveEnterTimestamp=${stamp}\n`;
}

/** A dead program holds no lock, as with the kernel's. */
async function lock(computer: Computer, program: Killable, waitMs: number): Promise<(() => Promise<void>) | undefined> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const holder = locks.get(computer);
    if (!holder || holder.killed) {
      locks.set(computer, program);
      return async () => {
        locks.delete(computer);
      };
    }
    if (Date.now() >= deadline) return undefined;
    await elapsed(program, LOCK_LOOK_MS);
  }
}
