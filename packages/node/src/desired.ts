import { type DocumentPointer, EffectiveDocument, isDocument } from "@steward/core/desired/documents";
import { NodeSettings } from "@steward/core/fleet/node-settings";
import { DesiredState } from "@steward/core/fleet/probe";
import { nameOf } from "./command.ts";
import type { Host } from "./host.ts";
import { PATHS } from "./paths.ts";

/** What was read, or a sentence that says why it can't be used and quotes nothing of it. */
export type Reading<T> = { kind: "read"; value: T } | Unusable;
interface Unusable {
  kind: "unusable";
  because: string;
}

/** Stops a reading in the middle; its message is the sentence of the `Unusable` that `reading` makes of it. */
class CannotUse extends Error {}

/** Runs a reading that ends at the first `value(…)` or `cannotUse(…)` that has nothing to give. */
export async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: "read", value: await read() };
  } catch (error) {
    if (error instanceof CannotUse) return unusable(error.message);
    throw error;
  }
}

/** Ends the reading that it is called in. */
export function cannotUse(because: string): never {
  throw new CannotUse(because);
}

/** What was read; ends the reading that it is called in where there is nothing. */
export const value = <T>(found: Reading<T>): T => (found.kind === "read" ? found.value : cannotUse(found.because));

/** What this node was told of its deployment at its launch. */
export async function readSettings(host: Host): Promise<Reading<NodeSettings>> {
  const text = await host.readFile(PATHS.settings);
  return text === undefined ? unusable(`there is no ${PATHS.settings}`) : understood(NodeSettings, text, PATHS.settings);
}

/** What this node should be, as its own role reads it now. */
export async function readDesired(host: Host, settings: NodeSettings): Promise<Reading<DesiredState>> {
  const text = await asked("the desired state", host.aws(settings).desired());
  return text.kind === "read" ? understood(DesiredState, text.value, "the desired state") : text;
}

/** The same where there may be none yet: null for a parameter that is not there, and for no other reason. */
export async function readDesiredIfAny(host: Host, settings: NodeSettings): Promise<Reading<DesiredState | null>> {
  const found = await readDesired(host, settings);
  return found.kind === "unusable" && found.because.endsWith(": ParameterNotFound") ? { kind: "read", value: null } : found;
}

/** The document that a pointer names: fetched, compared with its hash, understood, and meant for this node's stage. */
export async function readDocument(host: Host, settings: NodeSettings, pointer: DocumentPointer): Promise<Reading<EffectiveDocument>> {
  const text = await asked("the document", host.aws(settings).document(pointer));
  if (text.kind === "unusable") return text;
  if (!isDocument(text.value, pointer)) return unusable("the document has another hash than the one by which it is named");
  const document = understood(EffectiveDocument, text.value, "the document");
  if (document.kind === "unusable") return document;
  const { stage, topology } = document.value;
  return stage === settings.stage && topology === settings.topology ? document : unusable(`the document is meant for a ${topology} of the stage ${stage}`);
}

/** What AWS answers, or why it does not: by the error's name alone, because messages quote. */
export const asked = (what: string, answer: Promise<string>): Promise<Reading<string>> =>
  answer.then(
    (text): Reading<string> => ({ kind: "read", value: text }),
    (error: unknown) => unusable(`${what} cannot be read: ${nameOf(error)}`),
  );

interface Schema<T> {
  safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[] }[] } };
}

/** A JSON text in its schema; what is wrong is named by path alone. */
export function understood<T>(schema: Schema<T>, text: string, what: string): Reading<T> {
  const parsed = schema.safeParse(json(text));
  if (parsed.success) return { kind: "read", value: parsed.data };
  const wrong = new Set(parsed.error.issues.map((issue) => issue.path.join(".") || "the document itself"));
  return unusable(`${what} cannot be used: ${[...wrong].join(", ")}`);
}

const unusable = (because: string): Unusable => ({ kind: "unusable", because });

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
