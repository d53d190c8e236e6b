import { TOPOLOGIES, type TopologyKind } from "@steward/core/topology/topology";
import { Command } from "commander";
import { SCENARIO_IDS, SCENARIO_SUMMARIES, type ScenarioId, scenariosOf, topologiesOf } from "../scenarios/summaries.ts";
import { UsageError } from "../usage-error.ts";

interface Options {
  topology: string;
  scenario: string;
  seed: string;
  json?: boolean;
  list?: boolean;
}

export const simulateCommand = (outcome: { code: number }): Command =>
  new Command("simulate")
    .description("Run the real Lambda handlers through a scenario, against a simulated AWS account.")
    .option("--topology <name>", `which architecture (${TOPOLOGIES.join(", ")})`, "ha")
    .option("--scenario <name>", "what goes wrong; see --list", "main")
    .option("--seed <n>", "whole number; the same seed gives the same bytes", "1")
    .option("--json", "print one JSON object instead of the story")
    .option("--list", "list the scenarios and stop")
    .addHelpText(
      "after",
      `\nExamples:\n  $ npx steward simulate\n  $ npx steward simulate --topology single\n  $ npx steward simulate --scenario both-nodes-hang --seed 7\n  $ npx steward simulate --scenario function-killed --json | jq .incidents\n\nExit code: 0 when the scenario ended as it should and no invariant was violated, 1 when not, 2 for a wrong call.`,
    )
    .action(async (options: Options) => {
      if (options.list) {
        process.stdout.write(listing());
        return;
      }
      const topology = oneOf("topology", options.topology, TOPOLOGIES);
      const request = { topology, scenario: scenarioFor(topology, options.scenario), seed: seedOf(options.seed) };
      // The world's clock goes in before anything that could keep the machine's.
      const { installWorld } = await import("@steward/simulator/world/install");
      installWorld();
      process.env.POWERTOOLS_LOG_LEVEL ??= "SILENT";
      const { simulate } = await import("../simulation/simulate.ts");
      const { Storyteller } = await import("../terminal/storyteller.ts");
      const teller = options.json ? undefined : new Storyteller(process.stdout);
      const result = await simulate(request, teller);
      if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      outcome.code = result.ok ? 0 : 1;
    });

/** A line for each story: scenarios that tell the same in both topologies have one. */
const listing = (): string =>
  SCENARIO_IDS.flatMap((id) => {
    const stories = Map.groupBy(Object.entries(SCENARIO_SUMMARIES[id]), ([, summary]) => summary);
    return [...stories].map(
      ([summary, played]) =>
        `${id.padEnd(16)} ${played
          .map(([topology]) => topology)
          .join(", ")
          .padEnd(10)} ${summary}\n`,
    );
  }).join("");

function scenarioFor(topology: TopologyKind, text: string): ScenarioId {
  const scenario = oneOf("scenario", text, SCENARIO_IDS);
  if (topologiesOf(scenario).includes(topology)) return scenario;
  throw new UsageError(
    `scenario "${scenario}" is for topology ${topologiesOf(scenario).join(", ")}; for ${topology} there is ${scenariosOf(topology).join(", ")}`,
  );
}

function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((entry) => entry === value);
  if (found === undefined) throw new UsageError(`unknown ${what} "${value}"; there is ${allowed.join(", ")}`);
  return found;
}

function seedOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--seed takes a whole number from 0 to 999999999, not "${text}"`);
  return Number(text);
}
