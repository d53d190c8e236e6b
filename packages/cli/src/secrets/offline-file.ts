import { closeSync, existsSync, fsyncSync, openSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "../usage-error.ts";
import type { KeptKey } from "./fill.ts";

/** Keeps the new key in a file for its owner alone, on the disk before `keep` returns; never over another file. */
export class OfflineFile implements KeptKey {
  private readonly named: string | undefined;
  private readonly stage: string;
  private file: string | undefined;

  /** Where nobody named a file, keeping is an error. */
  constructor(named: string | undefined, stage: string) {
    this.named = named;
    this.stage = stage;
  }

  /** Where the key lies now. */
  get left(): string | undefined {
    return this.file;
  }

  keep(key: string): void {
    if (this.named === undefined)
      throw new UsageError("the encryption key is made now: --offline-copy <file> says where its copy goes, outside of any git work tree; nothing was done");
    const file = placeFor(this.named);
    write(create(file, this.stage), { file, key });
    this.file = file;
  }

  discard(): void {
    if (this.file !== undefined) rmSync(this.file);
    this.file = undefined;
  }
}

/** The file's true place; refused in a git work tree, where the next commit could take the key along. */
function placeFor(path: string): string {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) throw new UsageError(`--offline-copy: there is no folder ${folder}; nothing was done`);
  const real = realpathSync(folder);
  const tree = workTree(real);
  if (tree !== undefined)
    throw new UsageError(`--offline-copy: ${path} lies in the git work tree ${tree}; name a file outside of any, on a medium that you keep; nothing was done`);
  return join(real, basename(path));
}

function workTree(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  return dirname(folder) === folder ? undefined : workTree(dirname(folder));
}

/** Creates it or nothing: neither an existing file nor one behind a link is ever written to. */
function create(file: string, stage: string): number {
  try {
    return openSync(file, "wx", 0o600);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw new UsageError(`--offline-copy: ${file} cannot be made (${codeOf(error)}); nothing was done`);
    throw new UsageError(
      `--offline-copy: ${file} is there already and may be the only copy of a key, so it is never written over; name another file, or, if an interrupted init left it: npx steward secrets put encryption-key --stage ${stage} --from ${file}`,
    );
  }
}

function write(descriptor: number, { file, key }: { file: string; key: string }): void {
  try {
    writeFileSync(descriptor, key);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(file);
    throw new UsageError(`--offline-copy: ${file} cannot be written (${codeOf(error)}); nothing was done`);
  } finally {
    closeSync(descriptor);
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown";
