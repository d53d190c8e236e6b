import { own } from "./written.ts";

interface Described {
  words: string;
  /** What it takes, as words that follow "allowed:". */
  allowed: string;
  /** Must be written: there is no default. */
  required: boolean;
  /** Undefined where there is no default. */
  fallback: unknown;
}

/** Settings under one key, in the schema's order. */
export interface Group extends Described {
  kind: "group";
  entries: ReadonlyMap<string, Setting>;
  /** Null in its place leaves the whole of it out. */
  optional?: true;
}

/** A group whose members depend on the value of one of them, `by`. */
export interface Choice extends Described {
  kind: "choice";
  by: string;
  options: ReadonlyMap<string, Group>;
}

/** As many groups as the operator writes, numbered or named. */
export interface List extends Described {
  kind: "list";
  item: Group | Choice;
}

/** One value, or a list of plain values. */
export interface Leaf extends Described {
  kind: "leaf";
  type: string;
  /** Stands in for a required value in the docs, and where what was written cannot be read. */
  example: unknown;
  /** A URL whose path may be a secret. */
  masked: boolean;
}

/** A setting as the schema describes it; everything that shows settings walks this. */
export type Setting = Group | Choice | List | Leaf;

/** The members of a setting: of a choice, those that go with what is written, or the first where nothing fits. */
export function membersOf(setting: Setting | undefined, written: unknown): Group | undefined {
  if (setting?.kind === "choice") {
    const chosen = [...setting.options].find(([name]) => name === own(written, setting.by));
    return chosen?.[1] ?? setting.options.values().next().value;
  }
  return setting?.kind === "group" ? setting : undefined;
}

/** The setting under a key; a part of a plain list is as the list. */
export function under(setting: Setting | undefined, key: PropertyKey, written: unknown): Setting | undefined {
  if (setting?.kind === "list") return setting.item;
  const group = membersOf(setting, written);
  return group ? group.entries.get(String(key)) : setting;
}

/** Paths of all groups and leaves under a setting, in order; what is in lists has none. */
export function everyPath(setting: Setting | undefined, prefix: readonly string[] = []): string[] {
  if (setting?.kind === "choice") return [...setting.options.values()].flatMap((option) => everyPath(option, prefix));
  if (setting?.kind !== "group") return [];
  return [...setting.entries].flatMap(([key, entry]) => [[...prefix, key].join("."), ...everyPath(entry, [...prefix, key])]);
}
