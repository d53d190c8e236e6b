import { VERDICTS } from "@steward/core/retention/plan";
import { Command, Option } from "commander";
import type { StageOptions } from "../secrets/open-vault.ts";
import { Screen } from "../terminal/screen.ts";
import { onlyThose, type Shown, snapshotLines } from "../terminal/snapshot-lines.ts";
import { asking, stageCommand } from "./stage-command.ts";

type PlanOptions = StageOptions & { json?: boolean; only?: Shown };

/** `steward snapshots`: what becomes of the snapshots of a stage, and why. */
export const snapshotsCommand = (outcome: { code: number }): Command =>
  new Command("snapshots")
    .description("Show what becomes of the snapshots of a stage's data volume; deletes none.")
    .addCommand(plan(outcome).exitOverride().showSuggestionAfterError().showHelpAfterError());

const plan = (outcome: { code: number }): Command =>
  stageCommand("plan", "Show a line for every snapshot: whether it stays, by which rule, and when it is due.")
    .addOption(new Option("--only <verdict>", "show only what stays, what would be archived, or what would go").choices([...VERDICTS]))
    .option(
      "--json",
      "print one JSON object: { stage, at, volumeId, lines: [{ snapshotId, volumeId, at, verdict, rule, because, dueAt }], counts, because, proof }",
    )
    .addHelpText("after", HELP)
    .action(async (options: PlanOptions) => {
      const { askStage } = await asking();
      const { answer: report, open } = await askStage(options, (stage) => stage.snapshots());
      const shown = onlyThose(report, options.only);
      const text = options.json
        ? JSON.stringify(shown, null, 2)
        : snapshotLines(shown, { region: open.region, profile: options.profile }, new Screen(process.stdout)).join("\n");
      process.stdout.write(`${text}\n`);
      outcome.code = report.because === null ? 0 : 1;
    });

const HELP = `
Examples:
  $ npx steward snapshots plan --stage production
  $ npx steward snapshots plan --stage production --only delete
  $ npx steward snapshots plan --stage production --json | jq -r '.lines[] | select(.rule == "held").snapshotId'

Without a terminal each snapshot is one line, its columns single words but the last, for grep and awk. Counts are always of all.
A pruning holds a new plan against the account right before each deletion: what this shows is how it stands now.

Changes nothing. Needs lambda:InvokeFunction on steward-<stage>-runbook. docs/snapshots.md says what each rule means.
Exit code: 0 whatever is due may go, 1 more is due than may go at once, so that nothing goes, 2 asked wrongly or refused.`;
