import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileAccess } from "./host.ts";

/**
 * Writes beside the file, makes it durable, then renames: a reader sees the old text or the new one, never half of it.
 * Writers hold the node's lock, so a killed one's leftover is simply written over.
 */
export async function writeWhole(root: string, path: string, text: string, access: FileAccess): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const beside = `${path}.new`;
  await writeDurably(beside, text, access.mode, await account(root, access.owner));
  await rename(beside, path);
  const directory = await open(dirname(path), "r");
  await directory.sync().finally(() => directory.close());
}

async function writeDurably(path: string, text: string, mode: number, { uid, gid }: Account): Promise<void> {
  const file = await open(path, "w", mode);
  try {
    await file.chmod(mode);
    await file.chown(uid, gid);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

interface Account {
  uid: number;
  gid: number;
}

/** Numbers of a local account from `/etc/passwd`; a name that is not there is an error, never root. */
async function account(root: string, name: string): Promise<Account> {
  const passwd = await readFile(join(root, "/etc/passwd"), "utf8");
  const [, , uid, gid] =
    passwd
      .split("\n")
      .map((line) => line.split(":"))
      .find(([login]) => login === name) ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`there is no account ${name} on this node`);
  return { uid: Number(uid), gid: Number(gid) };
}
