import type { Entry, FileAccess } from "@steward/node/host";
import type { DataDisk, DataDisks } from "./data-disk.ts";
import { Disk } from "./disk.ts";

/** A data volume as the kernel has it at a folder. */
export interface Mount {
  /** For example `/dev/nvme1n1`; it stays in the kernel's list when the device is gone. */
  device: string;
  volumeId: string;
  disk: DataDisk;
  /** EC2 took the device away under it: every access is an error from now on, whatever comes back later. */
  lost: boolean;
  frozen: boolean;
}

/** Folders that are in memory: every boot begins with them empty. */
const IN_MEMORY = ["/run", "/proc", "/sys", "/dev"];

/** As every program hears it of a device that is gone. */
const ioError = (): Error => Object.assign(new Error("EIO: i/o error"), { code: "EIO" });

/** Everything that a machine has under `/`: its root disk, what is in memory, and the data volumes that are mounted. */
export class FileSystem {
  readonly mounts = new Map<string, Mount>();
  private readonly root = new Disk();
  private memory = new Disk();
  private readonly disks: DataDisks;
  /** Volume by the name of its device. */
  private devices = new Map<string, string>();

  constructor(disks: DataDisks) {
    this.disks = disks;
  }

  /** Nothing that was in memory or mounted is there any more; devices come up again in EC2's order. */
  forget(): void {
    const volumes = [...this.devices.values()];
    this.memory = new Disk();
    this.mounts.clear();
    this.devices = new Map();
    this.seeVolumes(volumes);
  }

  /**
   * The volumes that EC2 has attached from now on, as NVMe devices that bear the volume's id as their serial; the kernel gives names
   * in the order of arrival. Source: EBS user guide, "Map Amazon EBS volumes to NVMe device names".
   */
  seeVolumes(volumeIds: readonly string[]): void {
    for (const [name, volumeId] of this.devices) if (!volumeIds.includes(volumeId)) this.loseDevice(name);
    for (const volumeId of volumeIds) if (![...this.devices.values()].includes(volumeId)) this.addDevice(volumeId);
  }

  private addDevice(volumeId: string): void {
    const isTaken = (name: string) => this.devices.has(name) || [...this.mounts.values()].some(({ device }) => device === `/dev/${name}`);
    let number = 1;
    while (isTaken(`nvme${number}n1`)) number++;
    const name = `nvme${number}n1`;
    this.devices.set(name, volumeId);
    this.memory.write(`/sys/class/block/${name}/device/serial`, `${volumeId.replace("-", "")}\n`, { mode: 0o444, owner: "root" });
  }

  private loseDevice(name: string): void {
    this.devices.delete(name);
    this.memory.remove(`/sys/class/block/${name}`);
    for (const mount of this.mounts.values()) if (mount.device === `/dev/${name}`) mount.lost = true;
  }

  /** What is on a device; undefined where there is no such device. */
  device(path: string): { volumeId: string; disk: DataDisk } | undefined {
    const volumeId = this.devices.get(path.replace("/dev/", ""));
    return volumeId === undefined ? undefined : { volumeId, disk: this.disks.of(volumeId) };
  }

  /** Mounts a device that holds a file system; undefined is the kernel's refusal. */
  mount(device: string, path: string): Mount | undefined {
    const found = this.device(device);
    const isBusy = [...this.mounts.values()].some((mount) => mount.device === device && !mount.lost);
    if (!found?.disk.type || found.disk.type === "unknown" || isBusy || this.entry(path)?.kind !== "folder") return undefined;
    const mount: Mount = { device, ...found, lost: false, frozen: false };
    this.mounts.set(path, mount);
    return mount;
  }

  /** The mount that a path lies on; undefined for the root disk and memory. */
  mountOf(path: string): Mount | undefined {
    return this.mounts.get(this.mountPoint(path) ?? "");
  }

  private mountPoint(path: string): string | undefined {
    return [...this.mounts.keys()].filter((point) => isWithin(path, point)).sort((a, b) => b.length - a.length)[0];
  }

  read(path: string): string | undefined {
    const { disk, below } = this.at(path);
    return disk.read(below);
  }

  entry(path: string): Entry | undefined {
    const { disk, below } = this.at(path);
    return disk.entry(below);
  }

  list(path: string): string[] {
    const { disk, below } = this.at(path);
    return disk.list(below);
  }

  write(path: string, text: string, access: FileAccess): void {
    const { disk, below } = this.at(path);
    disk.write(below, text, access);
  }

  append(path: string, text: string, access: FileAccess): void {
    const { disk, below } = this.at(path);
    disk.append(below, text, access);
  }

  makeFolder(path: string, access?: FileAccess): void {
    const { disk, below } = this.at(path);
    disk.makeFolder(below, access);
  }

  remove(path: string): void {
    const { disk, below } = this.at(path);
    disk.remove(below);
  }

  private at(path: string): { disk: Disk; below: string } {
    const point = this.mountPoint(path);
    const mount = this.mounts.get(point ?? "");
    if (mount?.lost) throw ioError();
    if (point !== undefined && mount) return { disk: mount.disk.files, below: path.slice(point.length) || "/" };
    return { disk: IN_MEMORY.some((folder) => isWithin(path, folder)) ? this.memory : this.root, below: path };
  }
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
