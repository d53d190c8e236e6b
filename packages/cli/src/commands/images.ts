import { Command } from "commander";
import type { StageOptions } from "../secrets/open-vault.ts";
import { imageLines } from "../terminal/image-lines.ts";
import { Screen } from "../terminal/screen.ts";
import { asking, stageCommand } from "./stage-command.ts";

type PlanOptions = StageOptions & { json?: boolean };

/** `steward images`: what becomes of the golden images of a stage, and why. */
export const imagesCommand = (): Command =>
  new Command("images")
    .description("Show what becomes of the golden images of a stage; takes none away.")
    .addCommand(plan().exitOverride().showSuggestionAfterError().showHelpAfterError());

const plan = (): Command =>
  stageCommand("plan", "Show a line for every image: whether it stays, by which rule, and when it is due.")
    .option("--json", "print one JSON object: { stage, at, lines: [{ imageId, name, at, verdict, rule, because, dueAt, snapshotIds }], counts, leftSnapshots }")
    .addHelpText("after", HELP)
    .action(async (options: PlanOptions) => {
      const { askStage } = await asking();
      const { answer: report, open } = await askStage(options, (stage) => stage.images());
      const text = options.json
        ? JSON.stringify(report, null, 2)
        : imageLines(report, { region: open.region, profile: options.profile }, new Screen(process.stdout)).join("\n");
      process.stdout.write(`${text}\n`);
    });

const HELP = `
Examples:
  $ npx steward images plan --stage production
  $ npx steward images plan --stage production --json | jq -r '.lines[] | select(.verdict != "keep").imageId'

Without a terminal each image is one line, its columns single words but the last, for grep and awk.
Right before an image goes a new plan is made: what this shows is how it stands now.

Changes nothing. Needs lambda:InvokeFunction on steward-<stage>-runbook. docs/golden-image.md says what each rule means.
Exit code: 0 answered, 2 asked wrongly or refused.`;
