import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { FunctionId } from "@steward/core/topology/control-spec";
import { FUNCTION_IDS } from "@steward/core/topology/control-spec";
import { buildFunctions, entryOf } from "../scripts/build-functions.ts";
import { type Bundler, bundleByDefault, loadEsbuild, sstVersion } from "./default-bundle.ts";

/** A bundle that is started again and again, and the milliseconds that each start took. */
interface Contender {
  path: string;
  bytes: number;
  starts: number[];
}
type Contenders = Record<FunctionId, Record<"steward" | Bundler, Contender>>;

const CHILD = fileURLToPath(new URL("cold-start-child.mjs", import.meta.url));
const ENVIRONMENT = {
  STEWARD_STAGE: "bench",
  STEWARD_ACCOUNT: "123456789012",
  STEWARD_TOPOLOGY: "single",
  STEWARD_KEEPING: JSON.stringify({ snapshots: { schedules: [{ id: "hourly", everyHours: 1, keep: { count: 24 } }] }, images: {} }),
  AWS_REGION: "us-east-1",
};

const contender = (path: string, bytes: number): Contender => ({ path, bytes, starts: [] });

async function prepare(folder: string): Promise<{ empty: Contender; contenders: Contenders }> {
  const esbuild = await loadEsbuild();
  const rows: [FunctionId, Contenders[FunctionId]][] = [];
  for (const { id, folder: built, bytes } of await buildFunctions({ outDir: folder })) {
    const other = async (by: Bundler) => {
      const outfile = join(folder, by, id, "index.mjs");
      return contender(outfile, await bundleByDefault(esbuild, by, { entry: entryOf(id), outfile }));
    };
    rows.push([id, { steward: contender(join(built, "index.mjs"), bytes), sst: await other("sst"), esbuild: await other("esbuild") }]);
  }
  const empty = contender(join(folder, "empty.mjs"), 0);
  await writeFile(empty.path, "export const handler = async () => {};\n");
  return { empty, contenders: Object.fromEntries(rows) as Contenders };
}

/** One start in a process of its own, in an environment that holds nothing else. */
function start({ path, starts }: Contender): void {
  const printed = execFileSync(process.execPath, [CHILD, pathToFileURL(path).href], { env: ENVIRONMENT, encoding: "utf8" });
  starts.push(Number(printed));
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const rounded = (value: number): number => Math.round(value * 10) / 10;

/** `gross` compares whole starts; `net` what is left of them without that of an empty handler. */
function compare(ours: Contender, other: Contender, empty: Contender) {
  const [a, b, nothing] = [median(ours.starts), median(other.starts), median(empty.starts)];
  return { kilobytes: Math.round(other.bytes / 1000), milliseconds: rounded(b), gross: rounded(b / a), net: rounded((b - nothing) / (a - nothing)) };
}

function report({ empty, contenders }: Awaited<ReturnType<typeof prepare>>) {
  return FUNCTION_IDS.map((id) => {
    const { steward, sst, esbuild } = contenders[id];
    const toEmpty = rounded(median(steward.starts) / median(empty.starts));
    return { function: id, steward: compare(steward, steward, empty), sst: compare(steward, sst, empty), esbuild: compare(steward, esbuild, empty), toEmpty };
  });
}

/** The commit, with a plus where the tree differs from it. */
function commit(): string {
  const git = (...words: string[]) => execFileSync("git", words, { encoding: "utf8", cwd: new URL("../", import.meta.url) }).trim();
  return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") ? "+" : ""}`;
}

function print({ machine, rows }: Measured): void {
  const table = rows.map(({ function: id, steward, sst, esbuild, toEmpty }) => ({
    function: id,
    KB: steward.kilobytes,
    "init ms": steward.milliseconds,
    "x empty": toEmpty,
    "sst KB": sst.kilobytes,
    "sst ms": sst.milliseconds,
    "sst gross": `${sst.gross}x`,
    "sst net": `${sst.net}x`,
    "esbuild KB": esbuild.kilobytes,
    "esbuild ms": esbuild.milliseconds,
    "esbuild gross": `${esbuild.gross}x`,
    "esbuild net": `${esbuild.net}x`,
  }));
  console.table(table);
  for (const [name, value] of Object.entries(machine)) console.log(`${name}: ${value}`);
}

type Measured = Awaited<ReturnType<typeof measure>>;

async function measure(runs: number) {
  const folder = await mkdtemp(join(tmpdir(), "steward-cold-start-"));
  try {
    const field = await prepare(folder);
    const everyone = [field.empty, ...FUNCTION_IDS.flatMap((id) => Object.values(field.contenders[id]))];
    for (let run = 0; run < runs; run++) for (const one of everyone) start(one);
    const [{ model } = { model: "unknown" }] = cpus();
    const esbuild = `${(await loadEsbuild()).version}, as installed with SST ${await sstVersion()}`;
    const machine = {
      cpu: `${cpus().length} x ${model}`,
      node: process.version,
      esbuild,
      commit: commit(),
      runs,
      "empty handler ms": rounded(median(field.empty.starts)),
    };
    return { machine, rows: report(field) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { json: { type: "boolean", default: false }, runs: { type: "string", default: "21" } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs takes a number of starts, not ${values.runs}`);
const measured = await measure(runs);
if (values.json) console.log(JSON.stringify(measured, null, 2));
else print(measured);
