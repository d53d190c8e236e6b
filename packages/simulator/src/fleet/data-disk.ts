import { Disk } from "./disk.ts";

/** What is written on an EBS volume; it stays with the volume, whichever machine has it. */
export interface DataDisk {
  /** Undefined while it is blank; `unknown` is something that no program finds a file system in. */
  type: "ext4" | "xfs" | "unknown" | undefined;
  files: Disk;
}

const blank = (): DataDisk => ({ type: undefined, files: new Disk() });

/** What is written on the volumes of the account, by the volume's id; a volume that nobody wrote to is blank. */
export class DataDisks {
  private readonly written = new Map<string, DataDisk>();

  of(volumeId: string): DataDisk {
    const known = this.written.get(volumeId) ?? blank();
    this.written.set(volumeId, known);
    return known;
  }
}
