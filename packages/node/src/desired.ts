import { NodeSettings } from "@steward/core/fleet/node-settings";
import { DesiredState } from "@steward/core/fleet/probe";
import { nameOf } from "./command.ts";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";

/** What was read, or a sentence that says why it can't be used and quotes nothing of it. */
export type Reading<T> = { kind: "read"; value: T } | { kind: "unusable"; because: string };

/** What this node was told of its deployment at its launch. */
export async function readSettings(host: Host): Promise<Reading<NodeSettings>> {
  const text = await host.readFile(PATHS.settings);
  return text === undefined ? unusable(`there is no ${PATHS.settings}`) : understood(NodeSettings, text, PATHS.settings);
}

/** What this node should be, as its own role reads it now. */
export async function readDesired(host: Host, settings: NodeSettings): Promise<Reading<DesiredState>> {
  const text = await host
    .aws(settings)
    .desired()
    .catch((error: unknown) => unusable(`the desired state cannot be read: ${nameOf(error)}`));
  return typeof text === "string" ? understood(DesiredState, text, "the desired state") : text;
}

interface Schema<T> {
  safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[] }[] } };
}

function understood<T>(schema: Schema<T>, text: string, what: string): Reading<T> {
  const parsed = schema.safeParse(json(text));
  if (parsed.success) return { kind: "read", value: parsed.data };
  const wrong = new Set(parsed.error.issues.map((issue) => issue.path.join(".") || "the document itself"));
  return unusable(`${what} cannot be used: ${[...wrong].join(", ")}`);
}

const unusable = (because: string): { kind: "unusable"; because: string } => ({ kind: "unusable", because });

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
