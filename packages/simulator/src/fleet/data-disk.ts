import { Disk } from "./disk.ts";

/** What is written on an EBS volume; it stays with the volume, whichever machine has it. */
export interface DataDisk {
  /** Undefined while it is blank; `unknown` is something that no program finds a file system in. */
  type: "ext4" | "xfs" | "unknown" | undefined;
  files: Disk;
}

const blank = (): DataDisk => ({ type: undefined, files: new Disk() });

/** What is written on the volumes of the account and kept in its snapshots, by their id; what nobody wrote to is blank. */
export class DataDisks {
  private readonly written = new Map<string, DataDisk>();

  of(id: string): DataDisk {
    const known = this.written.get(id) ?? blank();
    this.written.set(id, known);
    return known;
  }

  /** From now on `to` holds what `from` holds at this moment, and goes its own way. */
  copy(from: string, to: string): void {
    const { type, files } = this.of(from);
    this.written.set(to, { type, files: files.copy() });
  }
}
