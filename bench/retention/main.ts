import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleContenders, type Code } from "./bundle-contenders.ts";
import { print } from "./report.ts";
import { type ContenderId, type Result, type Scenario, scenariosOf } from "./scenarios.ts";

const STAND_IN = fileURLToPath(new URL("stand-in.ts", import.meta.url));

/** One contender against an account of its own, both in processes of their own. */
function compete(scenario: Scenario, contender: ContenderId, code: Code): Promise<Result> {
  const child = fork(STAND_IN, [JSON.stringify({ scenario, contender, code })], { serialization: "json" });
  return new Promise((resolve, reject) => {
    child.once("message", (result) => {
      resolve(result as Result);
      child.disconnect();
    });
    child.once("exit", (code) => reject(new Error(`${contender} in (${scenario.id}): the stand-in ended with ${code}`)));
  });
}

/** Where calls are counted in minutes, contenders run side by side; elsewhere one after the other, because they take the machine's time. */
async function run(scenario: Scenario, code: Code): Promise<Result[]> {
  if (scenario.buckets) return await Promise.all(scenario.contenders.map((contender) => compete(scenario, contender, code)));
  const results: Result[] = [];
  for (const contender of scenario.contenders) results.push(await compete(scenario, contender, code));
  return results;
}

async function measure(scenarios: Scenario[]): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), "steward-retention-"));
  try {
    const code = await bundleContenders(folder);
    const results: Result[] = [];
    for (const scenario of scenarios) {
      process.stderr.write(`(${scenario.id}) ${scenario.title}\n`);
      results.push(...(await run(scenario, code)));
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const options = {
  json: { type: "boolean", default: false },
  quick: { type: "boolean", default: false },
  only: { type: "string" },
  who: { type: "string" },
} as const;
const { values } = parseArgs({ options });
const chosen = scenariosOf(values.quick).filter(({ id }) => values.only === undefined || values.only.includes(id));
const narrowed = chosen.map((scenario) => ({ ...scenario, contenders: scenario.contenders.filter((one) => values.who === undefined || values.who === one) }));
const scenarios = narrowed.filter(({ contenders }) => contenders.length > 0);
if (scenarios.length === 0) throw new Error("--only takes letters of scenarios like ab, --who one contender like steward");
const results = await measure(scenarios);
const machine = { cpu: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`, node: process.version };
if (values.json) console.log(JSON.stringify({ machine, scenarios, results }, null, 2));
else print({ machine, scenarios, results });
