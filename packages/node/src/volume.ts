import { basename } from "node:path";
import { ACCOUNT, VOLUME_MARK } from "@steward/core/desired/places";
import { z } from "zod";
import { cannotUse, reading, understood } from "./desired.ts";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";
import { failure, LINES, run } from "./programs.ts";

const Mark = z.object({ mark: z.literal(1), stage: z.string(), volume: z.string() });

const LOOK = { ms: 5_000 };
const MOUNT = { ms: 20_000 };
/** ext4 leaves most of its tables for later, so that this takes seconds on any size. */
const MAKE = { ms: 45_000 };

interface DataVolume {
  volume: string;
  stage: string;
  format: string | undefined;
}

/** Mounts the data volume where it is not, after a look at whose it is; a sentence where this node must not serve from it. */
export async function mountDataVolume(host: Host, wanted: DataVolume): Promise<string | undefined> {
  const ended = await reading(async () => {
    const device = await deviceOf(host, wanted.volume);
    const mounted = await mountedAt(host, PATHS.home);
    if (mounted !== undefined && mounted !== host.locate(device)) cannotUse(`data volume: another device is mounted at ${PATHS.home}`);
    if (mounted === undefined) await mount(host, device, wanted);
    await checkMark(host, wanted);
    await giveToService(host);
  });
  return ended.kind === "unusable" ? ended.because : undefined;
}

async function giveToService(host: Host): Promise<void> {
  const access = { owner: ACCOUNT.name, mode: 0o701 };
  const found = await host.entry(PATHS.home);
  if (found?.kind !== "folder" || found.owner !== access.owner || found.mode !== access.mode) await host.makeFolder(PATHS.home, access);
}

/** The device with the volume's id as its serial number. Source: EBS user guide, "Map Amazon EBS volumes to NVMe device names". */
async function deviceOf(host: Host, volume: string): Promise<string> {
  const serial = volume.replace("-", "");
  const found: string[] = [];
  for (const name of await host.list(PATHS.blockDevices)) {
    // A path of a device that has several: it bears the same serial and can't be mounted.
    if (/c\d+n\d+$/.test(name)) continue;
    if ((await host.readFile(`${PATHS.blockDevices}/${name}/device/serial`))?.trim() === serial) found.push(name);
  }
  const [name, ...others] = found;
  if (name === undefined) return cannotUse(`data volume: ${volume} is not attached to this node`);
  return others.length === 0 ? `/dev/${name}` : cannotUse(`data volume: more than one device says that it is ${volume}`);
}

/** The device that is mounted at a path, as programs are told it; undefined when the path is no mount point. */
export async function mountedAt(host: Host, path: string): Promise<string | undefined> {
  const { exitCode, stdout } = await run(host, LINES.mountedAt(host.locate(path)), LOOK);
  if (exitCode === 0) return stdout.trim();
  return exitCode === 1 ? undefined : cannotUse(`findmnt ended with exit code ${exitCode}`);
}

/** Id of the EBS volume behind a device as programs are told it; undefined where its serial number is that of no volume. */
export async function volumeOf(host: Host, device: string): Promise<string | undefined> {
  const serial = await host.readFile(`${PATHS.blockDevices}/${basename(device)}/device/serial`);
  const [, hex] = /^vol([0-9a-f]+)$/.exec(serial?.trim() ?? "") ?? [];
  return hex && `vol-${hex}`;
}

async function mount(host: Host, device: string, wanted: DataVolume): Promise<void> {
  const at = host.locate(device);
  const type = await fileSystemOf(host, at);
  if (type !== "" && type !== "ext4") cannotUse("data volume: it holds a file system that is not ours");
  if (type === "") await makeFileSystem(host, at, wanted);
  await must(failure(host, LINES.mount(at, host.locate(PATHS.home)), MOUNT));
}

/** Empty where blkid finds none: it ends with 2 then. Source: blkid(8), "Exit status". */
async function fileSystemOf(host: Host, at: string): Promise<string> {
  const { exitCode, stdout } = await run(host, LINES.fileSystemOf(at), LOOK);
  if (exitCode === 0 || (exitCode === 2 && stdout.trim() === "")) return stdout.trim();
  return cannotUse(`data volume: what it holds is not clear, blkid ended with exit code ${exitCode}`);
}

/** Only on the volume that the command names, and only while it is blank: whatever else looks empty may be somebody's data. */
async function makeFileSystem(host: Host, at: string, { volume, format }: DataVolume): Promise<void> {
  if (format !== volume) cannotUse("data volume: it holds no file system, and no command says that one may be made");
  const { exitCode } = await run(host, LINES.firstMebibyteIsZero(at, host.locate("/dev/zero")), LOOK);
  if (exitCode !== 0) cannotUse("data volume: it holds no file system, but it is not blank");
  await must(failure(host, LINES.makeFileSystem(at), MAKE));
}

/**
 * A volume of another stage, or of nobody, is let go again. One that was made for this command, but killed before it was
 * marked, is empty but for what mkfs makes.
 */
async function checkMark(host: Host, { volume, stage, format }: DataVolume): Promise<void> {
  const text = await host.readFile(VOLUME_MARK);
  if (text !== undefined) {
    const mark = understood(Mark, text, "its mark");
    return mark.kind === "read" && mark.value.stage === stage ? undefined : letGo(host, "it is marked as one of another stage");
  }
  if (format !== volume) return letGo(host, "it bears no mark of a stage");
  const others = (await host.list(PATHS.home)).filter((name) => name !== "lost+found" && !name.startsWith(`${VOLUME_MARK.split("/").at(-1)}.`));
  if (others.length > 0) return letGo(host, "it bears no mark of a stage and is not empty");
  await host.writeFile(VOLUME_MARK, JSON.stringify({ mark: 1, stage, volume }), { owner: "root", mode: 0o644 });
}

async function letGo(host: Host, because: string): Promise<never> {
  const still = await failure(host, LINES.unmount(host.locate(PATHS.home)), MOUNT);
  return cannotUse(`data volume: ${because}${still === undefined ? "" : `; ${still}`}`);
}

async function must(step: Promise<string | undefined>): Promise<void> {
  const because = await step;
  if (because !== undefined) cannotUse(`data volume: ${because}`);
}
