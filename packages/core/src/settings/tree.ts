import { z } from "zod";
import { StageSettings } from "./schema.ts";
import type { Choice, Group, List, Setting } from "./setting.ts";
import { own } from "./written.ts";

/** What we read of the JSON Schema that zod writes, the supported way to look into a schema. */
interface Json {
  type: string;
  description: string;
  allowed: string;
  by: string;
  example?: unknown;
  masked: boolean;
  default?: unknown;
  const?: unknown;
  enum: unknown[];
  minimum?: number;
  maximum?: number;
  minItems: number;
  maxItems?: number;
  required: string[];
  properties?: Record<string, Json>;
  items?: Json;
  oneOf: Json[];
  anyOf: Json[];
}
const Json: z.ZodType<Json> = z.lazy(() =>
  z.object({
    type: z.string().default("null"),
    description: z.string().default(""),
    allowed: z.string().default(""),
    by: z.string().default(""),
    example: z.unknown().optional(),
    masked: z.boolean().default(false),
    default: z.unknown().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).default([]),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minItems: z.number().default(0),
    maxItems: z.number().optional(),
    required: z.array(z.string()).default([]),
    properties: z.record(z.string(), Json).optional(),
    items: Json.optional(),
    oneOf: z.array(Json).default([]),
    anyOf: z.array(Json).default([]),
  }),
);

function settingOf(json: Json, required: boolean): Setting {
  const { description: words, default: fallback, properties, oneOf, items } = json;
  if (properties) return groupOf(json, properties, required);
  const orNull = json.anyOf.find((member) => member.properties);
  if (orNull?.properties) return optionalGroup(json, groupOf(orNull, orNull.properties, required));
  if (oneOf.length > 0) return choiceOf(json, required);
  if (items?.properties)
    return { kind: "list", words, required, fallback, allowed: "a list of groups, at least one", item: groupOf(items, items.properties, true) };
  return { kind: "leaf", words, required, fallback, type: typeOf(json), allowed: allowedBy(json), example: json.example, masked: json.masked };
}

function groupOf({ required: keys, description: words, default: fallback }: Json, properties: Record<string, Json>, required: boolean): Group {
  const entries = new Map(Object.entries(properties).map(([key, json]) => [key, settingOf(json, keys.includes(key))]));
  return { kind: "group", words, required, fallback, allowed: `a group of ${[...entries.keys()].join(", ")}`, entries };
}

/** Words and default stand where null is allowed too, outside of the group. */
const optionalGroup = ({ description: words, default: fallback }: Json, group: Group): Group => ({
  ...group,
  words,
  fallback,
  allowed: `null, or ${group.allowed}`,
  optional: true,
});

/** The members of a union are told apart by the constant under the key `by`; each is told what the others' constants are, and which is the default. */
function choiceOf({ description: words, default: fallback, by, oneOf: members }: Json, required: boolean): Choice {
  const values = members.map(({ properties }) => properties?.[by]?.const);
  const allowed = either(values);
  const options = members.map((member, index): [string, Group] => {
    const properties = Object.entries({ ...member.properties }).map(([key, json]) => [
      key,
      key === by ? { ...json, allowed, default: own(fallback, by) } : json,
    ]);
    return [String(values[index]), groupOf(member, Object.fromEntries(properties), true)];
  });
  return { kind: "choice", words, required, fallback, allowed: `a group with ${by} ${allowed}`, by, options: new Map(options) };
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ["string", "text"],
  ["integer", "number"],
]);

function typeOf({ type, anyOf, items }: Json): string {
  if (anyOf.length > 0) return anyOf.map(typeOf).join(" or ");
  return items ? `list of ${typeOf(items)}` : (TYPES.get(type) ?? type);
}

function allowedBy({ type, allowed, anyOf, items, minItems, maxItems, minimum, maximum, enum: values }: Json): string {
  if (allowed) return allowed;
  if (anyOf.length > 0) return anyOf.map(allowedBy).join(", or ");
  if (items) return `${many(minItems, maxItems)}, each ${allowedBy(items)}`;
  if (values.length > 0) return either(values);
  if (type === "integer") return `a whole number from ${minimum} to ${maximum}`;
  return type === "boolean" ? "true or false" : type;
}

function many(min: number, max?: number): string {
  if (min === max) return `a list of ${max}`;
  return min > 0 ? "a list of at least one" : "a list";
}

/** `"a", "b" or "c"`. */
const either = (values: readonly unknown[]): string => {
  const names = values.map((value) => JSON.stringify(value));
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].join(" or ");
};

/** All that may be set for a stage, by topology. */
export const STAGE: Choice = choiceOf(Json.parse(z.toJSONSchema(StageSettings, { io: "input" })), true);

const STAGES: List = { kind: "list", words: "", required: true, fallback: undefined, allowed: "a group with at least one stage", item: STAGE };

/** All that a config may say. */
export const CONFIG: Group = {
  kind: "group",
  words: "",
  required: true,
  fallback: undefined,
  allowed: "a group of stages",
  entries: new Map([["stages", STAGES]]),
};
