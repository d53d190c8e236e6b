import type { NodeSettings } from "@steward/core/fleet/node-settings";
import type { Aws } from "@steward/node/host";
import type { FileSystem } from "./file-system.ts";
import type { MachineImage } from "./machine-image.ts";
import type { PackageManager } from "./package-manager.ts";
import type { ServiceUnit } from "./service-unit.ts";
import type { SharedDependencies } from "./shared-dependencies.ts";

/** A program on a machine; once killed, nothing that it waits for ever comes. */
export interface Killable {
  killed: boolean;
}

/** What a program sees of its machine. */
export interface Computer {
  instanceId: string;
  image: MachineImage;
  files: FileSystem;
  packageManager: PackageManager;
  unit: ServiceUnit;
  /** AWS as the instance's own role may use it. */
  aws: (settings: NodeSettings) => Aws;
  /** What its programs wrote to systemd's journal, oldest first. */
  journal: { at: Date; line: string }[];
  shared: SharedDependencies;
  /** Timers of systemd that have not fired, by unit. */
  timers: Map<string, ReturnType<typeof setTimeout>>;
  /** What reads a device in a unit of its own, by unit; times in milliseconds. */
  transient: Map<string, { device: string; since: number; until: number }>;
  /** Runs a command line as systemd does for a unit: nobody waits for it. */
  begin: (argv: readonly string[]) => void;
}

/** Waits on a machine; never comes back to a program that was killed meanwhile. */
export async function elapsed(program: Killable, ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
  if (program.killed) await new Promise<never>(() => {});
}
