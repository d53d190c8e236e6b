import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "rolldown";

/** A module that the bundle gets instead of the package `of`, when a file that matches `importedBy` asks for it. */
interface Replacement {
  of: string;
  importedBy: RegExp;
  by: string;
}

const REPLACEMENTS: Replacement[] = [
  // Lambda sets AWS_ACCESS_KEY_ID and its two companions (developer guide, defined runtime environment variables), where the
  // default chain looks first; the rest of the chain reads files, processes and sign-in services that a function does not have.
  {
    of: "@aws-sdk/credential-provider-node",
    importedBy: /@aws-sdk\/client-/,
    by: 'import { fromEnv } from "@aws-sdk/credential-provider-env"; export const defaultProvider = (init) => fromEnv(init);',
  },
  // It imports the whole client as an object, so that none of its 80 operations could be left out; it uses these.
  {
    of: "@aws-sdk/client-lambda",
    importedBy: /durable-execution-sdk-js/,
    by: 'export { CheckpointDurableExecutionCommand, GetDurableExecutionStateCommand, LambdaClient } from "@aws-sdk/client-lambda";',
  },
  // No function speaks in event streams, and their codec, imported at the first one, keeps all of @smithy/core from being shaken.
  {
    of: "@smithy/core/event-streams",
    importedBy: /\/node_modules\//,
    by: `export class EventStreamSerde { constructor() { throw new Error("event streams are not in this bundle"); } }
export const eventStreamSerdeProvider = () => undefined;
export const resolveEventStreamSerdeConfig = (config) => config;`,
  },
];

const OURS = "\0lean:";

/** Leaves out what no function reaches and no bundler can see. What it exchanges fails by name if it is used after all. */
export function leanSdk(): Plugin {
  const originals = new Map<string, string>();
  return {
    name: "lean-sdk",
    async resolveId(source, importer) {
      if (!importer) return null;
      const original = originals.get(importer);
      if (original) return await this.resolve(source, original, { skipSelf: true });
      const index = REPLACEMENTS.findIndex(({ of, importedBy }) => of === source && importedBy.test(importer));
      const real = index < 0 ? null : await this.resolve(source, importer, { skipSelf: true });
      if (!real) return null;
      originals.set(`${OURS}${index}`, real.id);
      return { id: `${OURS}${index}`, moduleSideEffects: false };
    },
    load: (id) => (id.startsWith(OURS) ? (REPLACEMENTS[Number(id.slice(OURS.length))]?.by ?? null) : null),
  };
}

const LOADED_LATER = "import('@aws-sdk/client-lambda')";
const LOADED_AT_ONCE = "Promise.resolve(lambdaModule)".padEnd(LOADED_LATER.length);

/** Has the durable SDK load its client with everything else: what is loaded later within one file can't be shaken, nor what it stands on. */
export function durableClientAtOnce(): Plugin {
  return {
    name: "durable-client-at-once",
    transform: {
      filter: { id: /durable-execution-sdk-js\/dist\/index\.mjs$/ },
      handler(code) {
        if (!code.includes(LOADED_LATER)) throw new Error(`the durable SDK no longer says ${LOADED_LATER}: look again at how it loads its client`);
        return { code: `${code.replace(LOADED_LATER, LOADED_AT_ONCE)}\nimport * as lambdaModule from "@aws-sdk/client-lambda";\n`, map: null };
      },
    },
  };
}

const SCHEMAS = /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/;
const REGISTERED = /^n0_registry\.registerError\((\w+)\$, \w+\);$/gm;

/**
 * Drops the classes of errors that the given sources never name, half of some clients. Such an error still arrives with AWS's
 * code as its name, its message and its status, in the service's base class: the sources can tell it apart by nothing else.
 */
export function onlyErrorsNamedIn(sources: readonly URL[]): Plugin {
  const words = new Set(sources.flatMap((source) => readFileSync(fileURLToPath(source), "utf8").match(/\b[A-Z]\w+/g) ?? []));
  return {
    name: "only-named-errors",
    transform: {
      filter: { id: SCHEMAS },
      handler(code, id) {
        const kept = new Set([...words, ...retryable(join(id, "../../models/errors.js"))]);
        return { code: code.replace(REGISTERED, (line, error: string) => (kept.has(error) ? line : " ".repeat(line.length))), map: null };
      },
    },
  };
}

/** Classes that tell the SDK to try again, which no name says. */
const retryable = (path: string): string[] =>
  existsSync(path) ? [...readFileSync(path, "utf8").matchAll(/class (\w+) [^}]*?\$retryable/g)].map(([, name]) => name ?? "") : [];
