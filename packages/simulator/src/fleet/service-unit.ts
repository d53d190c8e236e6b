import type { FileSystem } from "./file-system.ts";
import type { PackageManager } from "./package-manager.ts";
import { type Definition, environmentOf, isMet, reachOf, readDefinition } from "./unit-files.ts";

const NAME = "rstudio-pm";
/** A masked unit is a link to nowhere in the place of its file. Source: systemctl(1), "mask". */
export const MASK = `/etc/systemd/system/${NAME}.service`;

/** systemctl's own exit codes. Source: systemctl(1), "Exit status"; a start that fails ends with 1. */
const DONE = 0;
const FAILED = 1;

/** The unit of Package Manager as systemd has it. */
export class ServiceUnit {
  /** Of the last start that was worth one; empty before the first. Source: systemd.exec(5), "INVOCATION_ID". */
  invocation = "";
  /** What the conditions came to when a start last looked at them. */
  conditionsMet = false;
  private starts = 0;
  private definition: Definition;
  private readonly files: FileSystem;
  private readonly packageManager: PackageManager;

  constructor(files: FileSystem, packageManager: PackageManager) {
    this.files = files;
    this.packageManager = packageManager;
    this.definition = readDefinition(files, NAME);
  }

  /** What has changed in the unit's files counts from now on. */
  reload(): void {
    this.definition = readDefinition(this.files, NAME);
  }

  /** Who it is kept from, and may reach all the same, as systemd last read it; of a masked unit it need not tell anything, and here does not. */
  get addresses(): Definition["addresses"] {
    return this.files.entry(MASK) ? { denied: [], allowed: [] } : this.definition.addresses;
  }

  unmask(): void {
    this.files.remove(MASK);
    this.reload();
  }

  /** A unit whose conditions do not hold is skipped, and that is no failure. */
  start(): number {
    if (this.files.entry(MASK)) return FAILED;
    if (this.packageManager.state().state === "active") return DONE;
    this.conditionsMet = isMet(this.definition, this.files);
    if (!this.conditionsMet) return DONE;
    this.invocation = (++this.starts).toString(16).padStart(32, "0");
    const environment = environmentOf(this.definition, this.files);
    if (!environment) {
      this.packageManager.stop("failed");
      return FAILED;
    }
    this.packageManager.start(environment, reachOf(this.definition));
    return DONE;
  }

  /** Ends what runs in any case; what is skipped then stays away. */
  restart(): number {
    if (this.files.entry(MASK)) return FAILED;
    this.packageManager.stop();
    return this.start();
  }
}
