import { type Estimate, estimate } from "@steward/core/cost/estimate";
import { costsMarkdown } from "@steward/core/cost/markdown";
import { InvalidSettings } from "@steward/core/settings/invalid-settings";
import { readConfig, settingsOf, type Warning } from "@steward/core/settings/read";
import { topologyThatFits } from "@steward/core/topology/limits";
import { outline } from "@steward/core/topology/outline";
import { removalOutline } from "@steward/core/topology/removal-outline";
import type { Topology } from "@steward/core/topology/topology";
import { Command } from "commander";
import { configFile, loadConfig, onlyStage } from "../load-config.ts";
import { costLines } from "../terminal/cost-lines.ts";
import { outlineLines, removalLines } from "../terminal/outline-lines.ts";
import { Screen } from "../terminal/screen.ts";
import { warningLines } from "../terminal/settings-table.ts";
import { UsageError } from "../usage-error.ts";

interface Options {
  stage?: string;
  file: string;
  remove?: boolean;
  json?: boolean;
  markdown?: boolean;
}

export const previewCommand = (outcome: { code: number }): Command =>
  new Command("preview")
    .description("Show what a deploy of a stage would create and what it costs a month; needs no AWS account.")
    .option("--stage <name>", "which stage; may be left out where there is one")
    .option("--file <path>", "where the settings are written", configFile())
    .option("--remove", "show instead what goes and what stays when the stage is removed, and how")
    .option("--json", "print one JSON object")
    .option("--markdown", "print the costs of both reference architectures, as docs/costs.md, and stop")
    .addHelpText(
      "after",
      `\nExamples:\n  $ npx steward preview --stage production\n  $ npx steward preview --stage production --json | jq .cost.totals\n  $ npx steward preview --stage team --remove\n\n--json prints { stage, file, topology, place, groups: [{ id, title, count, items: [{ what, name, details }] }], cost, warnings };\ncost is { lines: [{ group, what, quantity, price: { usd, units, unit, source, asOf }, monthly }], totals, unknown, pricesOf, caveat }, in US dollars;\nwith --remove { stage, file, goes, stays, protected, commands }; with problems { problems: [{ path, problem, allowed }] }.\n\nExit code: 0, or 2 when the settings are bad, something is larger than AWS takes, or there is no such stage.`,
    )
    .action(async (options: Options) => {
      process.stdout.write(options.markdown ? costsMarkdown() : await answer(options, outcome));
    });

async function answer(options: Options, outcome: { code: number }): Promise<string> {
  const config = await loadConfig(options.file);
  try {
    const preview = previewOf(config, options.stage);
    return options.remove ? removed(preview, options) : created(preview, options);
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error;
    if (!options.json) throw new UsageError(`${options.file}: ${error.message}`);
    outcome.code = 2;
    return json({ problems: error.problems });
  }
}

interface Preview {
  topology: Topology;
  warnings: Warning[];
}

/** Throws `InvalidSettings` also for what the settings make larger than AWS takes. */
function previewOf(config: unknown, wanted: string | undefined): Preview {
  const read = readConfig(config);
  const stage = wanted ?? onlyStage(read);
  const topology = topologyThatFits(stage, settingsOf(config, stage));
  return { topology, warnings: read.warnings.filter(({ path }) => path.startsWith(`stages.${stage}.`)) };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const text = (lines: string[]): string => `\n${lines.join("\n")}\n\n`;

function created({ topology, warnings }: Preview, { file, ...options }: Options): string {
  const { stage, kind, place } = topology;
  const groups = outline(topology);
  const cost: Estimate = estimate(topology);
  if (options.json) {
    const counted = groups.map(({ id, title, items }) => ({ id, title, count: items.length, items }));
    return json({ stage, file, topology: kind, place, groups: counted, cost, warnings });
  }
  const screen = new Screen(process.stdout);
  const title = `A deploy of ${stage} (${kind}) to account ${place.account} in ${place.region} would create:`;
  return text([title, ...outlineLines(groups, screen), ...costLines(cost, screen), "", ...warningLines(warnings, screen)]);
}

function removed({ topology }: Preview, { file, ...options }: Options): string {
  const fates = removalOutline(topology);
  if (options.json) return json({ stage: topology.stage, file, ...fates });
  return text([`When ${topology.stage} is removed:`, ...removalLines(fates, new Screen(process.stdout))]);
}
