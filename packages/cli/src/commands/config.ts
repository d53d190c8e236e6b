import { basename } from "node:path";
import { explain } from "@steward/core/settings/explain";
import { InvalidSettings } from "@steward/core/settings/invalid-settings";
import { settingsMarkdown } from "@steward/core/settings/markdown";
import { type ReadConfig, readConfig, settingsOf } from "@steward/core/settings/read";
import { topologyThatFits } from "@steward/core/topology/limits";
import { Command } from "commander";
import { configFile, loadConfig, onlyStage } from "../load-config.ts";
import { Screen } from "../terminal/screen.ts";
import { settingsTable, warningLines } from "../terminal/settings-table.ts";
import { UsageError } from "../usage-error.ts";

interface Options {
  stage?: string;
  file: string;
  all?: boolean;
  json?: boolean;
  markdown?: boolean;
}

export const configCommand = (outcome: { code: number }): Command =>
  new Command("config")
    .description("Show the settings that hold for a stage, and where each comes from; touches nothing.")
    .option("--stage <name>", "which stage; may be left out where there is one")
    .option("--file <path>", "where the settings are written", configFile())
    .option("--all", "list the stages and stop")
    .option("--json", "print one JSON object")
    .option("--markdown", "print every setting there is, as docs/settings.md, and stop")
    .addHelpText(
      "after",
      `\nExamples:\n  $ npx steward config --stage production\n  $ npx steward config --stage production --json | jq '.settings[] | select(.from != "default")'\n\n--json prints { stage, file, settings: [{ path, value, from, words, allowed }], warnings: [{ id, path, problem, better }] };\nwith --all { file, stages: [{ stage, topology, account, region, version }], warnings }; with bad settings { problems: [{ path, problem, allowed }] }.\n\nExit code: 0, or 2 when the settings are bad or there is no such stage. STEWARD_CONFIG names another file, as it does for deploys.`,
    )
    .action(async (options: Options) => {
      process.stdout.write(options.markdown ? settingsMarkdown() : await answer(options, outcome));
    });

async function answer(options: Options, outcome: { code: number }): Promise<string> {
  const config = await loadConfig(options.file);
  try {
    const read = readConfig(config);
    return options.all ? listing(read, options) : holding(config, read, options);
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error;
    if (!options.json) throw new UsageError(`${options.file}: ${error.message}`);
    outcome.code = 2;
    return json({ problems: error.problems });
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What holds for one stage. */
function holding(config: unknown, read: ReadConfig, { file, ...options }: Options): string {
  const stage = options.stage ?? onlyStage(read);
  topologyThatFits(stage, settingsOf(config, stage));
  const settings = explain(config, stage).map(({ from, ...line }) => ({ ...line, from: from === "default" ? from : basename(file) }));
  const warnings = read.warnings.filter(({ path }) => path.startsWith(`stages.${stage}.`));
  if (options.json) return json({ stage, file, settings, warnings });
  const screen = new Screen(process.stdout);
  return `\n${[...settingsTable(settings, screen), "", ...warningLines(warnings, screen)].join("\n")}\n\n`;
}

function listing({ stages, warnings }: ReadConfig, { file, ...options }: Options): string {
  const rows = Object.entries(stages).map(
    ([
      stage,
      {
        topology,
        account,
        region,
        packageManager: { version },
      },
    ]) => ({ stage, topology, account, region, version }),
  );
  if (options.json) return json({ file, stages: rows, warnings });
  const lines = rows.map(({ stage, topology, account, region, version }) =>
    [stage.padEnd(12), topology.padEnd(6), account, region.padEnd(14), `Package Manager ${version}`].join("  "),
  );
  return `${[...lines, "", ...warningLines(warnings, new Screen(process.stdout))].join("\n")}\n`;
}
