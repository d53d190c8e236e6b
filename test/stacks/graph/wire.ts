/** How Pulumi's SDK writes values that JSON has no word for (its runtime/rpc.js). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Tree = Record<string, unknown>;

/** Turns one value from the wire into what a graph shows; `place` shortens the paths of files. */
export function readable(value: unknown, place: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => readable(item, place));
  if (typeof value !== "object" || value === null) return value;
  const tree = value as Tree;
  if (typeof tree[SIGNATURE] === "string") return special(tree, place);
  return mapped(tree, (item) => readable(item, place));
}

function special(tree: Tree, place: (path: string) => string): unknown {
  const path = () => place(String(tree.path));
  switch (tree[SIGNATURE]) {
    case SECRET:
      return { $secret: readable(tree.value, place) };
    case ASSET:
      return tree.path === undefined ? { $text: tree.text } : { $file: path() };
    case ARCHIVE:
      return { $archive: tree.path === undefined ? readable(tree.assets, place) : path() };
    case RESOURCE:
      return { $resource: tree.urn };
    default:
      throw new Error(`unknown kind of value on the wire: ${JSON.stringify(tree).slice(0, 200)}`);
  }
}

/** The same value with every secret opened; mocks compute from it. */
export function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  const tree = value as Tree;
  if (tree[SIGNATURE] === SECRET) return opened(tree.value);
  return mapped(tree, opened);
}

/** Marks an output as secret, as a provider does. */
export const asSecret = (value: unknown): Tree => ({ [SIGNATURE]: SECRET, value });

const mapped = (tree: Tree, change: (value: unknown) => unknown): Tree => Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, change(value)]));

/** Stands where AWS would compute something that the mock does not; whoever passes it on has its evaluation fail. */
export const unmodelled = (output: string): Tree => ({ $unmodelled: output });

/** The same for an output that must be text. */
export const unmodelledText = (output: string): string => `$unmodelled(${output})`;

/** Every place in a resource's inputs that is not a plain value, in words; empty when all is well. */
export function faults(value: unknown, path: string): string[] {
  if (typeof value === "string") return textFaults(value, path);
  if (typeof value !== "object" || value === null) return [];
  const output = (value as Tree).$unmodelled;
  if (typeof output === "string") return [`${path} needs ${output}, which the mock does not compute: add it to its table`];
  return Object.entries(value).flatMap(([key, item]) => faults(item, `${path}.${key}`));
}

function textFaults(text: string, path: string): string[] {
  const missing = /\$unmodelled(?:\(|\\*":\\*")([^)"\\]*)/.exec(text)?.[1];
  if (missing) return [`${path} needs ${missing}, which the mock does not compute: add it to its table`];
  if (text.includes(UNKNOWN)) return [`${path} is an output that never resolves`];
  if (text.includes("[object Object]")) return [`${path} is an object that was made text: ${text.slice(0, 120)}`];
  if (text.includes("Calling [toString] on an [Output")) return [`${path} is an output that was made text; use $interpolate`];
  if (text.length < LONG_TEXT && /\bundefined\b/.test(text)) return [`${path} has an undefined value in its text: ${text.slice(0, 120)}`];
  return [];
}

/** Longer texts are programs, which may well say "undefined". */
const LONG_TEXT = 1000;
