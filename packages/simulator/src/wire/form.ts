import { FromStringShapeDeserializer } from "@smithy/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";

/** A form body as the query protocols nest it: `Filter.1.Name=x` is `{ Filter: { 1: { Name: "x" } } }`. */
export type Tree = string | { [key: string]: Tree };

/** How a dialect of the query protocol spells names and lists. */
export interface Dialect {
  memberKey: (name: string, member: NormalizedSchema) => string;
  /** EC2 leaves `member` out of every list. */
  flatLists: boolean;
}

/** https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */
export const QUERY_DIALECT: Dialect = {
  memberKey: (name, member) => member.getMergedTraits().xmlName ?? name,
  flatLists: false,
};

/** https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html: own name, else the XML name with a capital. */
export const EC2_DIALECT: Dialect = {
  memberKey: (name, member) => {
    const traits = member.getMergedTraits();
    return (traits.ec2QueryName as string | undefined) ?? capitalized(traits.xmlName ?? name);
  },
  flatLists: true,
};

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const scalar = new FromStringShapeDeserializer({ timestampFormat: { useTrait: true, default: 5 } });

/** Parses a form body, or the query string of a GET. */
export function formTree(body: string): { [key: string]: Tree } {
  const root = branch();
  for (const [key, value] of new URLSearchParams(body)) plant(root, key.split("."), value);
  return root;
}

function plant(root: { [key: string]: Tree }, path: string[], value: string): void {
  let node = root;
  for (const step of path.slice(0, -1)) node = grow(node, step);
  const leaf = path.at(-1) ?? "";
  if (typeof node[leaf] !== "object") node[leaf] = value;
}

function grow(node: { [key: string]: Tree }, step: string): { [key: string]: Tree } {
  const next = node[step];
  if (typeof next === "object") return next;
  const made = branch();
  node[step] = made;
  return made;
}

const branch = (): { [key: string]: Tree } => Object.create(null);

/** Reads a value of the schema out of the tree; what is absent stays absent. */
export function readForm(schema: NormalizedSchema, tree: Tree | undefined, dialect: Dialect): unknown {
  if (tree === undefined) return undefined;
  if (schema.isStructSchema()) return readStruct(schema, tree, dialect);
  if (schema.isListSchema()) return readList(schema, tree, dialect);
  if (schema.isMapSchema()) return readMap(schema, tree, dialect);
  return typeof tree === "string" ? scalar.read(schema, tree) : undefined;
}

function readStruct(schema: NormalizedSchema, tree: Tree, dialect: Dialect): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const read = readForm(member, child(tree, dialect.memberKey(name, member)), dialect);
    if (read !== undefined) value[name] = read;
  }
  return value;
}

/** An empty list arrives as `Names=` and is a list. */
function readList(schema: NormalizedSchema, tree: Tree, dialect: Dialect): unknown[] {
  const item = schema.getValueSchema();
  const flat = dialect.flatLists || schema.getMergedTraits().xmlFlattened;
  const items = flat ? tree : child(tree, item.getMergedTraits().xmlName ?? "member");
  return inOrder(items).map((entry) => readForm(item, entry, dialect));
}

function readMap(schema: NormalizedSchema, tree: Tree, dialect: Dialect): Record<string, unknown> {
  const entries = schema.getMergedTraits().xmlFlattened ? tree : child(tree, "entry");
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? "key";
  const valueName = schema.getValueSchema().getMergedTraits().xmlName ?? "value";
  const read = inOrder(entries).map((entry) => [child(entry, keyName), readForm(schema.getValueSchema(), child(entry, valueName), dialect)]);
  return Object.fromEntries(read);
}

const child = (tree: Tree | undefined, key: string): Tree | undefined => (typeof tree === "object" ? tree[key] : undefined);

function inOrder(tree: Tree | undefined): Tree[] {
  if (typeof tree !== "object") return [];
  return Object.entries(tree)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, entry]) => entry);
}
