import { isWell } from "@steward/core/fleet/status";
import type { Command } from "commander";
import type { StageOptions } from "../secrets/open-vault.ts";
import { Screen } from "../terminal/screen.ts";
import { statusLines } from "../terminal/status-lines.ts";
import { asking, stageCommand } from "./stage-command.ts";

/** `steward status`: how a deployed stage is, by Steward's own account of it. */
export const statusCommand = (outcome: { code: number }): Command =>
  stageCommand("status", "Show how a deployed stage is: how far its first deploy is and what it waits for, its nodes, what is open.")
    .option("--json", "print one JSON object: what the runbook function answers to { mode: status }")
    .addHelpText(
      "after",
      "\nExamples:\n  $ npx steward status --stage production\n  $ npx steward status --stage production --json | jq '.firstDeploy[] | select(.state == \"now\")'\n\nChanges nothing. Needs lambda:InvokeFunction on steward-<stage>-runbook.\nExit code: 0 everything serves and nothing is open, 1 it does not (yet), 2 asked wrongly or refused by AWS.",
    )
    .action(async (options: StageOptions & { json?: boolean }) => {
      const { askStage } = await asking();
      const { answer: report } = await askStage(options, (stage) => stage.status());
      const screen = new Screen(process.stdout);
      process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `${statusLines(report, screen).join("\n")}\n`);
      outcome.code = isWell(report) ? 0 : 1;
    });
