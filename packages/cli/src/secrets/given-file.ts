import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { UsageError } from "../usage-error.ts";

/** "65,536 bytes" is the largest value of a secret. Source: Secrets Manager user guide, "Quotas". */
const LARGEST = 65_536;

/** A text that somebody handed over, to the byte. */
export interface Given {
  /** Name of the file without its folder; null for standard input. */
  name: string | null;
  text: string;
  warnings: string[];
}

/** Reads a file, or standard input for `-`; a `UsageError` says why it cannot be vaulted, and never what is in it. */
export function readGiven(path: string): Given {
  const standardInput = path === "-";
  if (standardInput && process.stdin.isTTY) throw new UsageError("--from - reads from a pipe, because a terminal would show what is typed; nothing was done");
  const { bytes, warnings } = standardInput ? { bytes: readFileSync(0), warnings: [] } : fromFile(path);
  if (bytes.length === 0) throw new UsageError(`${path} is empty; nothing was done`);
  if (bytes.length > LARGEST) throw new UsageError(`${path} has ${bytes.length} bytes; a secret has ${LARGEST} at most; nothing was done`);
  return { name: standardInput ? null : basename(path), text: exactly(path, bytes), warnings };
}

function fromFile(path: string): { bytes: Buffer; warnings: string[] } {
  const descriptor = opened(path);
  try {
    const status = fstatSync(descriptor);
    if (status.isDirectory()) throw new UsageError(`${path} is a folder; nothing was done`);
    if (status.size > LARGEST) throw new UsageError(`${path} has ${status.size} bytes; a secret has ${LARGEST} at most; nothing was done`);
    const others = status.isFile() && (status.mode & 0o077) !== 0;
    return {
      bytes: readFileSync(descriptor),
      warnings: others ? [`others on this machine may read ${path}; chmod 600 it, or delete it when it is vaulted`] : [],
    };
  } finally {
    closeSync(descriptor);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}); nothing was done`);
  }
}

/** Secrets Manager keeps text as UTF-8: bytes that are no such text would come back as others. */
function exactly(path: string, bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(bytes)) throw new UsageError(`${path} is not UTF-8 text, so it would not come back byte for byte; nothing was done`);
  return text;
}
