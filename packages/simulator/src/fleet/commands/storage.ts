import type { ExecResult } from "@steward/node/host";
import { Disk } from "../disk.ts";
import type { FileSystem } from "../file-system.ts";
import { type Call, type Command, DONE, ended, STEP_MS, said } from "./command.ts";

const MKFS_MS = 2_000;
const MOUNT_MS = 80;

/** Source: findmnt(8): 1 where nothing is found. */
export const findmnt: Command = async ({ computer, words, takes }) => {
  await takes(STEP_MS);
  const mount = computer.files.mounts.get(words.at(-1) ?? "");
  return mount ? said(`${mount.device}\n`) : ended(1);
};

/** With `--probe`, 2 where no file system is known on the device, and where there is no device. Source: blkid(8), "Exit status". */
export const blkid: Command = async ({ computer, words, takes }) => {
  await takes(STEP_MS);
  const type = computer.files.device(words.at(-1) ?? "")?.disk.type;
  return type === undefined || type === "unknown" ? ended(2) : said(`${type}\n`);
};

/** Compares a device with zeros: 1 where they differ, 2 in trouble. Source: diffutils manual, "Invoking cmp". */
export const cmp: Command = async ({ computer, words, takes }) => {
  await takes(STEP_MS);
  const device = computer.files.device(words.find((word) => word.startsWith("/dev/nvme")) ?? "");
  if (!device) return ended(2);
  return ended(device.disk.type === undefined ? 0 : 1);
};

/** A device that is mounted is left alone. Source: mke2fs(8). */
export const mkfs: Command = async ({ computer, words, takes }) => {
  await takes(MKFS_MS);
  const path = words.at(-1) ?? "";
  const device = computer.files.device(path);
  const isMounted = [...computer.files.mounts.values()].some((mount) => mount.device === path);
  if (!device || isMounted) return ended(1);
  device.disk.type = "ext4";
  device.disk.files = new Disk();
  device.disk.files.makeFolder("/lost+found", { mode: 0o700, owner: "root" });
  return DONE;
};

/** Source: mount(8), "Exit status": 32 is a failed mount. */
export const mount: Command = async ({ computer, words, takes }) => {
  await takes(MOUNT_MS);
  const [device = "", path = ""] = words.slice(-2);
  return computer.files.mount(device, path) ? DONE : ended(32);
};

/** A service with open files there, or a freeze, keeps the mount busy. Source: umount(8): 32 is a failed one. */
export const umount: Command = async ({ computer: { files, packageManager }, words, takes }) => {
  await takes(MOUNT_MS);
  const path = words.at(-1) ?? "";
  const found = files.mounts.get(path);
  if (!found || found.frozen || packageManager.state().state === "active") return ended(32);
  files.mounts.delete(path);
  return DONE;
};

const refused = (verb: string | undefined, because: string): ExecResult => ({ ...ended(1), stderr: `fsfreeze: ${verb?.slice(2)} failed: ${because}\n` });

/** To freeze what is frozen and to thaw what is not are errors. Source: ioctl_fs, `FIFREEZE` and `FITHAW`: EBUSY and EINVAL. */
export const fsfreeze: Command = async ({ computer, words, takes }) => {
  await takes(STEP_MS);
  const [verb, path = ""] = words;
  const found = computer.files.mounts.get(path);
  const freezes = verb === "--freeze";
  if (found?.lost) return refused(verb, "Input/output error");
  if (found?.frozen === freezes) return refused(verb, freezes ? "Device or resource busy" : "Invalid argument");
  // Whoever names no mount point means the file system that the path lies on, which must never be frozen and never is.
  if (!found) return refused(verb, freezes ? "Operation not supported" : "Invalid argument");
  found.frozen = freezes;
  return DONE;
};

/** Whoever writes to a frozen file system waits. */
export async function untilThawed({ computer, takes }: Pick<Call, "computer" | "takes">, path: string, limitMs = Number.POSITIVE_INFINITY): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (computer.files.mountOf(path)?.frozen) {
    if (Date.now() >= deadline) return false;
    await takes(250);
  }
  return true;
}

/** Names of packages below folders, one a line. Source: find(1): 1 where a folder is not there, after all the others. */
export const find: Command = async ({ computer: { files }, words, takes }) => {
  await takes(STEP_MS);
  const folders = words.slice(
    0,
    words.findIndex((word) => word.startsWith("-")),
  );
  const names = folders.flatMap((folder) => below(files, folder)).filter((name) => /\.(tar\.gz|whl)$/.test(name));
  return { exitCode: folders.every((folder) => files.entry(folder)) ? 0 : 1, stdout: names.map((name) => `${name}\n`).join("") };
};

function below(files: FileSystem, folder: string): string[] {
  return files.list(folder).flatMap((name) => (files.entry(`${folder}/${name}`)?.kind === "folder" ? below(files, `${folder}/${name}`) : [name]));
}

/** How full a disk that is well is. */
const USED = " 31%     4%";

/** Source: coreutils manual, "df": 1 where a path is not there, after all the others. */
export const df: Command = async ({ computer: { files }, words, takes }) => {
  await takes(STEP_MS);
  const paths = words.filter((word) => word.startsWith("/"));
  const there = paths.filter((path) => path === "/" || files.entry(path) !== undefined);
  const rows = there.map((path) => `${([...files.mounts.keys()].find((point) => path === point || path.startsWith(`${point}/`)) ?? "/").padEnd(24)}${USED}\n`);
  const stdout = `${"Mounted on".padEnd(24)} Use% IUse%\n${rows.join("")}`;
  return { exitCode: there.length === paths.length ? 0 : 1, stdout } satisfies ExecResult;
};
