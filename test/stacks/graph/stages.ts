import { inject } from "vitest";
import type { Graph, Resource } from "./graph.ts";

/** What a deploy of an example stage would ask for; evaluated once per run of the tests. */
export function graphOf(stage: "single" | "ha"): Graph {
  const outcome = inject("graphs")[stage];
  if ("error" in outcome) throw new Error(outcome.error);
  return outcome.graph;
}

/** The only resource of a type, or the one with that logical name; throws when it is not exactly one. */
export function resource({ resources }: Graph, type: string, name?: string): Resource {
  const [found, ...others] = resources.filter((one) => one.type === type && (name === undefined || one.name === name));
  if (!found || others.length > 0) throw new Error(`${others.length + (found ? 1 : 0)} resources of type ${type}${name ? ` named ${name}` : ""}, expected one`);
  return found;
}

/** A value of the graph with every secret opened, to compare what would be deployed. */
export function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  if ("$secret" in value) return revealed(value.$secret);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealed(item)]));
}
