import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Entry, FileAccess } from "./host.ts";

/**
 * Writes beside the file, makes it durable, then renames: a reader sees the old text or the new one, never half of it.
 * Writers hold the node's lock, so a killed one's leftover is simply written over.
 */
export async function writeWhole(root: string, path: string, text: string, access: FileAccess): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const beside = `${path}.new`;
  await writeDurably(beside, text, access.mode, await account(root, access.owner));
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

/** Text of a file, or undefined when there is none. */
export const readIfThere = (path: string): Promise<string | undefined> => ifThere(readFile(path, "utf8"));

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

/** What lies at a path, links followed; undefined when there is nothing. */
export async function entryAt(root: string, path: string): Promise<Entry | undefined> {
  const found = await ifThere(stat(path));
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
