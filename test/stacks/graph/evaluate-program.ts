/**
 * Runs one SST program to its end under Pulumi's mocks and writes its graph; a process of its own, started by `evaluate`.
 * Arguments: the program's file, the stage, the file to write. Whatever goes wrong is said on stderr with exit code 1.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.ts";
import type { Graph, Resource } from "./graph.ts";
import { REGION } from "./ids.ts";
import { Recorder } from "./recorder.ts";
import { startRpcServer } from "./rpc-server.ts";

const [program = "", stage = "", target = ""] = process.argv.slice(2);
const root = resolve(import.meta.dirname, "../../..");
const platform = join(root, ".sst/platform");
const state: { app?: Record<string, unknown>; outputs?: Record<string, unknown> } = {};
const problems: string[] = [];
/** Zip files of the functions; a folder of its own, because stages are evaluated side by side. */
const work = `${target}.work`;
process.once("exit", () => rmSync(work, { recursive: true, force: true }));
const recorder = new Recorder(platform, (path) => path.replace(`${work}/`, "").replace(`${root}/`, ""));

process.on("unhandledRejection", (error) => problems.push(worded(error)));
process.on("uncaughtException", (error) => problems.push(worded(error)));
/** Only when nothing is left to wait for has every registration been made: no sleep could know. */
process.once("beforeExit", finish);

try {
  state.app = await readApp();
  state.outputs = await runProgram(state.app);
} catch (error) {
  problems.push(worded(error));
}

function worded(error: unknown): string {
  if (error instanceof Error && "errors" in error) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Bundles an entry next to the platform, where SST puts it too, and loads it; the file stays until the end, for the lines in stack traces. */
async function load<T>(
  name: string,
  bundling: { code: string; define?: Record<string, string>; inject?: string[]; globals?: string; banner?: string },
): Promise<T> {
  const outfile = join(platform, `graph.${name}.${process.pid}.mjs`);
  process.once("exit", () => {
    rmSync(outfile, { force: true });
    rmSync(`${outfile}.map`, { force: true });
  });
  await bundle({ root, platform, program, outfile, ...bundling });
  return import(pathToFileURL(outfile).href);
}

/** Calls `app()` first and alone, without providers or components, as SST's command does (its pkg/project/project.go). */
async function readApp(): Promise<Record<string, unknown>> {
  const banner = "function $config(input) { return input }";
  const { default: config } = await load<{ default: { app(input: { stage: string }): Promise<Record<string, unknown>> } }>("app", {
    code: `export { default } from "${program}";`,
    banner,
  });
  const app = await config.app({ stage });
  const aws = (app.providers as { aws?: { region?: string } } | undefined)?.aws;
  if (aws?.region && aws.region !== REGION) throw new Error(`the mocks live in ${REGION}, the program wants ${aws.region}`);
  return { removal: "retain", protect: false, ...app, stage };
}

async function runProgram(app: Record<string, unknown>): Promise<Record<string, unknown>> {
  process.env.SST_SERVER = await startRpcServer(root);
  const cli = { command: "deploy", dev: false, paths: { home: join(root, ".sst/config"), root, work, platform }, state: { version: {} } };
  const entry = await load<{ run(program: () => Promise<unknown>): Promise<unknown>; config: { run(): Promise<unknown> } }>("run", {
    code: `export { run } from "${platform}/src/auto/run.ts"; export { default as config } from "${program}";`,
    define: { $app: JSON.stringify(app), $cli: JSON.stringify(cli), $dev: "false" },
    inject: [join(platform, "src/shim/run.js")],
    globals: `import * as aws from "@pulumi/aws"; import * as sst from "${platform}/src/components";`,
  });
  const { runtime } = recorder.pulumi;
  await runtime.setMocks(recorder.mocks(), String(app.name), stage, false);
  return (await runtime.runInPulumiStack(() => {
    recorder.watchConstructors();
    return entry.run(entry.config.run);
  })) as Record<string, unknown>;
}

function finish(): void {
  if (problems.length === 0 && !state.outputs) problems.push("the program never ends: something it waits for never resolves");
  if (problems.length === 0) problems.push(...recorder.lost());
  problems.unshift(...recorder.problems);
  if (problems.length > 0) {
    process.stderr.write(`${[...new Set(problems)].join("\n")}\n`);
    process.exit(1);
  }
  const resources = [...recorder.resources.values()].filter(({ type }) => type !== "pulumi:pulumi:Stack").sort(byTypeAndName);
  const graph: Graph = { stage, app: state.app ?? {}, resources, outputs: state.outputs ?? {} };
  writeFileSync(target, `${JSON.stringify(graph, null, 1)}\n`);
}

function byTypeAndName(a: Resource, b: Resource): number {
  const [left, right] = [`${a.type} ${a.name}`, `${b.type} ${b.name}`];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
