import type { Aws, FileAccess, Host, HttpResult } from "@steward/node/host";
import { execute } from "./commands/installed.ts";
import { untilThawed } from "./commands/storage.ts";
import { type Computer, elapsed, type Killable } from "./computer.ts";

/** Every operation of a program takes this long, so that it can be killed between any two. */
const STEP_MS = 5;
const LOCK_LOOK_MS = 250;

const locks = new WeakMap<Computer, Killable>();

/** Accounts of a golden image; a file can belong to no other. */
const ACCOUNTS = ["root", "ubuntu", "rstudio-pm"];

/** The same `Host` that the real program gets, on a machine in memory and in the world's time. */
export function fakeHost(computer: Computer, program: Killable): Host {
  const takes = (ms: number) => elapsed(program, ms);
  return {
    ...fileVerbs(computer, takes),
    invocation: undefined,
    instanceId: async () => {
      await takes(STEP_MS);
      return computer.instanceId;
    },
    locate: (path) => path,
    exec: (command, words, timeoutMs) => execute(command, { computer, words, takes, timeoutMs }),
    get: (url, timeoutMs) => request(computer, takes, new URL(url), timeoutMs),
    download: async (url, timeoutMs) => {
      const answer = await request(computer, takes, new URL(url), timeoutMs);
      if (answer.kind !== "answer") return answer;
      const { status, ms, body } = answer;
      return { kind: "answer", status, ms, bytes: Buffer.byteLength(body), beginning: body };
    },
    connect: async (host, port, timeoutMs) => {
      const { shared } = computer;
      const reachable = port === 5432 ? shared.database.reachable && shared.databaseAt(host) !== undefined : shared.storage.reachable;
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

type FileVerbs = Pick<Host, "readFile" | "readEnd" | "writeFile" | "removeFile" | "makeFolder" | "list" | "entry">;

/** Whoever writes to a frozen file system waits, as everybody does there. */
function fileVerbs(computer: Computer, takes: (ms: number) => Promise<void>): FileVerbs {
  const { files } = computer;
  const reads = async <T>(read: () => T): Promise<T> => {
    await takes(STEP_MS);
    return read();
  };
  const writes = async (path: string, write: () => void): Promise<void> => {
    await takes(STEP_MS);
    await untilThawed({ computer, takes }, path);
    write();
  };
  return {
    readFile: (path) => reads(() => files.read(path)),
    readEnd: (path, bytes) => reads(() => files.read(path)?.slice(-bytes)),
    writeFile: (path, text, access) => writes(path, () => files.write(path, text, known(access))),
    removeFile: (path) => writes(path, () => files.remove(path)),
    makeFolder: (path, access) => writes(path, () => files.makeFolder(path, known(access))),
    list: (path) => reads(() => files.list(path)),
    entry: (path) => reads(() => files.entry(path)),
  };
}

function known(access: FileAccess): FileAccess {
  if (ACCOUNTS.includes(access.owner)) return access;
  throw new Error(`there is no account ${access.owner} on this node`);
}

/** A program that was killed meanwhile never hears what AWS answered it. */
function outlived(aws: Aws, takes: (ms: number) => Promise<void>): Aws {
  const heard = async <T>(ask: () => Promise<T>): Promise<T> => {
    await takes(STEP_MS);
    return ask().finally(() => takes(0));
  };
  return {
    desired: () => heard(aws.desired),
    document: (pointer) => heard(() => aws.document(pointer)),
    secret: (id) => heard(() => aws.secret(id)),
    keepEvidence: (bucket, key, text) => heard(() => aws.keepEvidence(bucket, key, text)),
    lastSweep: () => heard(aws.lastSweep),
    lifecycleTarget: () => heard(aws.lifecycleTarget),
    letIn: (instanceId) => heard(() => aws.letIn(instanceId)),
  };
}

/** From the machine itself, so on loopback; nobody answers at another port than the configured one. */
async function request({ packageManager }: Computer, takes: (ms: number) => Promise<void>, url: URL, timeoutMs: number): Promise<HttpResult> {
  const port = packageManager.port();
  const answer = port === undefined || port === Number(url.port || 80) ? packageManager.answer(url.pathname) : { kind: "refused" as const };
  await takes(answer.kind === "timeout" ? timeoutMs : answer.kind === "answer" ? answer.ms : STEP_MS);
  return answer;
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
