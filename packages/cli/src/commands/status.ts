import { createByHand } from "@steward/aws/by-hand";
import { callerOf, type Person } from "@steward/aws/caller";
import { lambda } from "@steward/aws/clients";
import { isWell, type StatusReport } from "@steward/core/fleet/status";
import { names } from "@steward/core/topology/names";
import { Command } from "commander";
import { configFile } from "../load-config.ts";
import { explainFailure } from "../secrets/explain-failure.ts";
import { type OpenStage, openStage, type StageOptions } from "../secrets/open-vault.ts";
import { Screen } from "../terminal/screen.ts";
import { statusLines } from "../terminal/status-lines.ts";
import { UsageError } from "../usage-error.ts";

/** `steward status`: how a deployed stage is, by Steward's own account of it. */
export const statusCommand = (outcome: { code: number }, client: Partial<Person> = {}): Command =>
  new Command("status")
    .description("Show how a deployed stage is: how far its first deploy is and what it waits for, its nodes, what is open.")
    .option("--stage <name>", "which stage; may be left out where there is one")
    .option("--file <path>", "where the settings are written", configFile())
    .option("--profile <name>", "profile of the AWS configuration; left out, AWS_PROFILE or what else the AWS CLI takes")
    .option("--region <name>", "region of the stage; left out, the one of the settings")
    .option("--json", "print one JSON object: what the runbook function answers to { mode: status }")
    .addHelpText(
      "after",
      "\nExamples:\n  $ npx steward status --stage production\n  $ npx steward status --stage production --json | jq '.firstDeploy[] | select(.state == \"now\")'\n\nChanges nothing. Needs lambda:InvokeFunction on steward-<stage>-runbook.\nExit code: 0 everything serves and nothing is open, 1 it does not (yet), 2 asked wrongly or refused by AWS.",
    )
    .action(async (options: StageOptions & { json?: boolean }) => {
      const report = await ask(await openStage(options), { client, profile: options.profile });
      const screen = new Screen(process.stdout);
      process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${statusLines(report, screen).join("\n")}\n`);
      outcome.code = isWell(report) ? 0 : 1;
    });

async function ask(
  { stage, settings: { account }, region }: OpenStage,
  { client, profile }: { client: Partial<Person>; profile: string | undefined },
): Promise<StatusReport> {
  try {
    const { clients } = await callerOf({ lambda }, { ...client, region, account, ...(profile !== undefined && { profile }) });
    return await createByHand(clients.lambda, names(stage)).status();
  } catch (error) {
    const words = explainFailure(error, { stage, account, region, profile });
    throw words === undefined ? error : new UsageError(words);
  }
}
