import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Root } from "./root.ts";

const MIB = 1024 ** 2;

/** A blank volume; on a loop device it can really be mounted, as a plain file only looked at and formatted. */
export interface Volume {
  /** The file behind it: what is on it can be looked at also when it is attached nowhere. */
  file: string;
  /** Attaches it as EC2 would, as this device of a node. */
  attach: (root: Root, id: string) => void;
  /** Takes it away from a node, mounted or not. */
  detach: (root: Root) => void;
  remove: () => void;
}

const DEVICE = "nvme1n1";
const sh = (...words: [string, ...string[]]) => execFileSync(words[0], words.slice(1), { stdio: "pipe", encoding: "utf8" }).trim();

/** Why this machine can't mount a loop device, or undefined when it can. */
export function noLoopDevices(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "steward-loop-"));
  const script =
    "truncate -s 8M i && mkfs.ext4 -q i && l=$(losetup --find --show i) && mknod d b $(stat -c '0x%t 0x%T' $l) && mkdir m && mount d m && fsfreeze -f m && fsfreeze -u m";
  const { status, stderr } = spawnSync("sh", ["-c", script], { cwd: folder, encoding: "utf8", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
  spawnSync("sh", ["-c", "umount m; losetup -j i | cut -d: -f1 | xargs -r losetup -d"], { cwd: folder, env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
  rmSync(folder, { recursive: true });
  return status === 0 ? undefined : `this machine mounts no loop devices: ${stderr.trim().split("\n").at(-1)}`;
}

/** Makes a blank volume of 64 MiB. */
export function aVolume(kind: "loop" | "plain-file"): Volume {
  const folder = mkdtempSync(join(tmpdir(), "steward-volume-"));
  const file = join(folder, "volume");
  writeFileSync(file, "");
  truncateSync(file, 64 * MIB);
  const loop = kind === "loop" ? sh("losetup", "--find", "--show", file) : undefined;
  return {
    file,
    attach: ({ at }, id) => {
      if (loop) sh("mknod", at(`dev/${DEVICE}`), "b", ...numbersOf(loop));
      else execFileSync("ln", ["-sfn", file, at(`dev/${DEVICE}`)]);
      mkdirSync(at(`sys/class/block/${DEVICE}/device`), { recursive: true });
      writeFileSync(at(`sys/class/block/${DEVICE}/device/serial`), `${id.replace("-", "")}\n`);
    },
    detach: ({ at }) => {
      const mount = at("var/lib/rstudio-pm");
      spawnSync("fsfreeze", ["--unfreeze", mount]);
      while (loop && spawnSync("umount", [mount]).status === 0);
      spawnSync("umount", ["--lazy", mount]);
      rmSync(at(`dev/${DEVICE}`), { force: true });
      rmSync(at(`sys/class/block/${DEVICE}`), { recursive: true, force: true });
    },
    remove: () => {
      if (loop) sh("losetup", "--detach", loop);
      rmSync(folder, { recursive: true });
    },
  };
}

const numbersOf = (device: string): [string, string] => {
  const { rdev } = statSync(device);
  return [String(rdev >> 8), String(rdev & 0xff)];
};
