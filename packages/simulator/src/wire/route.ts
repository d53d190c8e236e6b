import type { WireRequest } from "./message.ts";
import type { OperationSchema } from "./schema.ts";

/** Where a REST operation lives: `POST /2015-03-31/functions/{FunctionName}/invocations`. */
export interface Route {
  operation: OperationSchema;
  status: number;
  match: (request: WireRequest) => Record<string, string> | undefined;
}

/** The routes of a service, most specific first: fixed query strings before plain paths, literals before labels; `x-id` says little. */
export function routesOf(operations: Iterable<OperationSchema>): Route[] {
  const routes = [...operations].flatMap((operation) => (operation.http ? [{ operation, http: operation.http }] : []));
  return routes.sort((a, b) => specificity(b.http.uri) - specificity(a.http.uri)).map(({ operation, http }) => route(operation, http));
}

function specificity(uri: string): number {
  const [path = "", query = ""] = uri.split("?");
  const segments = path.split("/").filter(Boolean);
  const literals = segments.filter((segment) => !segment.startsWith("{")).length;
  const fixed = [...new URLSearchParams(query).keys()];
  return fixed.filter((key) => key !== "x-id").length * 1000 + (fixed.includes("x-id") ? 100 : 0) + literals * 10 - (uri.includes("+}") ? 1 : 0);
}

function route(operation: OperationSchema, http: { method: string; uri: string; status: number }): Route {
  const [path = "", query = ""] = http.uri.split("?");
  const labels = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name ?? "");
  // A greedy label takes everything to the end: a key may end with a slash.
  const pattern = new RegExp(`^${path.split("/").map(segmentPattern).join("/")}${path.endsWith("+}") ? "" : "/?"}$`);
  const fixed = [...new URLSearchParams(query)];
  return {
    operation,
    status: http.status,
    match: (request) => {
      if (request.method !== http.method || !fixed.every(([key, value]) => hasQuery(request, key, value))) return undefined;
      const found = pattern.exec(request.path);
      return found ? Object.fromEntries(labels.map((label, i) => [label, decodeURIComponent(found[i + 1] ?? "")])) : undefined;
    },
  };
}

function segmentPattern(segment: string): string {
  if (!segment.startsWith("{")) return segment.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return segment.endsWith("+}") ? "(.+?)" : "([^/]+)";
}

const hasQuery = (request: WireRequest, key: string, value: string): boolean => key in request.query && (value === "" || request.query[key] === value);
