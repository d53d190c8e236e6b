import type { Entry, FileAccess } from "@steward/node/host";

interface Item extends Entry {
  text: string;
}

/** Like a real one's: the folders that were never asked for by name belong to root and everybody may look into them. */
const PLAIN: FileAccess = { mode: 0o755, owner: "root" };

/** The files of one file system, by their path below the place where it is mounted (`/` is its own root). */
export class Disk {
  /** Hidden from whoever prints the world: there are secrets in files. */
  readonly #items = new Map<string, Item>([["/", { kind: "folder", text: "", ...PLAIN }]]);

  /** The same files, on a disk of their own. */
  copy(): Disk {
    const other = new Disk();
    for (const [path, item] of this.#items) other.#items.set(path, { ...item });
    return other;
  }

  read(path: string): string | undefined {
    const item = this.#items.get(path);
    return item?.kind === "file" ? item.text : undefined;
  }

  entry(path: string): Entry | undefined {
    const item = this.#items.get(path);
    return item && { kind: item.kind, mode: item.mode, owner: item.owner };
  }

  write(path: string, text: string, { mode, owner }: FileAccess): void {
    this.makeFolder(parentOf(path));
    this.#items.set(path, { kind: "file", text, mode, owner });
  }

  /** Adds to a file as a log does: whose it is stays as it was. */
  append(path: string, text: string, access: FileAccess): void {
    const { mode, owner } = this.#items.get(path) ?? access;
    this.write(path, `${this.read(path) ?? ""}${text}`, { mode, owner });
  }

  /** Without an access, a folder that is there stays as it is. */
  makeFolder(path: string, access?: FileAccess): void {
    if (path !== "/") this.makeFolder(parentOf(path));
    if (access || !this.#items.has(path)) this.#items.set(path, { kind: "folder", text: "", ...PLAIN, ...access });
  }

  /** Takes a file away, and a folder with everything in it. */
  remove(path: string): void {
    for (const known of [...this.#items.keys()]) if (known === path || known.startsWith(`${path}/`)) this.#items.delete(known);
  }

  list(path: string): string[] {
    const inside = path === "/" ? path : `${path}/`;
    const names = [...this.#items.keys()].filter((known) => known !== "/" && known.startsWith(inside)).map((known) => known.slice(inside.length));
    return names.filter((name) => !name.includes("/")).sort();
  }
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";
