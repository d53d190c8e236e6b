import { constants } from "node:fs";
import { chmod, chown, type FileHandle, lstat, mkdir, open, readdir, readFile, realpath, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Entry, FileAccess } from "./host.ts";

/**
 * Writes beside the file, makes it durable, then renames: a reader sees the old text or the new one, never half of it.
 * Writers hold the node's lock, so a killed one's leftover is simply written over.
 */
export async function writeWhole(root: string, path: string, text: string, access: FileAccess): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const beside = `${path}.new`;
  await writeDurably(beside, text, access.mode, await account(root, access.owner)).catch(async (error: unknown) => {
    // On a full disk half a file would keep its place.
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  });
  await rename(beside, path);
  await syncFolder(dirname(path));
}

async function writeDurably(path: string, text: string, mode: number, { uid, gid }: Account): Promise<void> {
  // A leftover may belong to the service account and be open to it: what is secret goes into a file of our own only.
  await rm(path, { force: true });
  const file = await open(path, "wx", 0o600);
  try {
    await file.chown(uid, gid);
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync().finally(() => folder.close());
}

const MOST_BYTES = 1024 * 1024;

/** Text of a file of at most 1 MiB, or undefined when there is none; a link, a pipe and a device are errors. */
export const readIfThere = (path: string): Promise<string | undefined> =>
  ifThere(
    opened(path, async (file) => {
      const text = await readFrom(file, 0, MOST_BYTES + 1);
      return text.length > MOST_BYTES ? refuse("EFBIG", "the file is larger than 1 MiB") : text.toString("utf8");
    }),
  );

/** The last bytes of a file of any size, under the same conditions. */
export const readEndIfThere = (path: string, bytes: number): Promise<string | undefined> =>
  ifThere(
    opened(path, async (file) => {
      const { size } = await file.stat();
      return (await readFrom(file, Math.max(0, size - bytes), bytes)).toString("utf8");
    }),
  );

/** A root that waits for the other end of a pipe, or follows a link of the service account, would do its bidding. */
async function opened<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (found.isDirectory()) refuse("EISDIR", "a folder is no file");
    if (!found.isFile()) refuse("EINVAL", "what lies there is no file");
    return await read(file);
  } finally {
    await file.close();
  }
}

/** Files of the kernel's have no size, so a file is read until it ends. */
async function readFrom(file: FileHandle, from: number, atMost: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let length = 0; length < atMost; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(65_536, atMost - length)), { position: from + length });
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks);
}

function refuse(code: string, because: string): never {
  throw Object.assign(new Error(because), { code });
}

/** Text of a file in a folder that only root writes to, links followed; empty where it leads to no file, as a masked unit does. */
export async function readLinked(path: string): Promise<string | undefined> {
  const found = await ifThere(lstat(path));
  if (!found?.isSymbolicLink()) return found && readIfThere(path);
  const target = await ifThere(realpath(path));
  return target === undefined || target === "/dev/null" ? "" : readIfThere(target);
}

/** Takes a file away for good; one that is not there is fine. */
export async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
  await ifThere(syncFolder(dirname(path)));
}

/** Makes a folder with those above it, and gives it owner and mode also where it is there. */
export async function makeFolder(root: string, path: string, { mode, owner }: FileAccess): Promise<void> {
  const { uid, gid } = await account(root, owner);
  await mkdir(path, { recursive: true, mode: 0o755 });
  await chown(path, uid, gid);
  await chmod(path, mode);
}

/** Names in a folder, sorted; none where there is no such folder. */
export const list = async (path: string): Promise<string[]> => ((await ifThere(readdir(path))) ?? []).sort();

/** What lies at a path, links not followed; undefined when there is nothing. */
export async function entryAt(root: string, path: string): Promise<Entry | undefined> {
  const found = await ifThere(lstat(path));
  if (!found) return undefined;
  const owner = (await accounts(root)).find(({ uid }) => uid === found.uid)?.name ?? String(found.uid);
  return { kind: found.isFile() ? "file" : found.isDirectory() ? "folder" : "other", mode: found.mode & 0o7777, owner };
}

/** A path whose way leads through a file is not there either. */
async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** Numbers of a local account; a name that is not there is an error, never root. */
async function account(root: string, name: string): Promise<Account> {
  const found = (await accounts(root)).find((one) => one.name === name);
  if (!found) throw new Error(`there is no account ${name} on this node`);
  return found;
}

async function accounts(root: string): Promise<Account[]> {
  const lines = (await readFile(join(root, "/etc/passwd"), "utf8")).split("\n").map((line) => line.split(":"));
  return lines.flatMap(([name = "", , uid, gid]) => (uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []));
}
