import { Command, CommanderError } from "commander";
import { accountCommand } from "./commands/account.ts";
import { configCommand } from "./commands/config.ts";
import { imagesCommand } from "./commands/images.ts";
import { previewCommand } from "./commands/preview.ts";
import { secretsCommand } from "./commands/secrets.ts";
import { simulateCommand } from "./commands/simulate.ts";
import { snapshotsCommand } from "./commands/snapshots.ts";
import { statusCommand } from "./commands/status.ts";
import { UsageError } from "./usage-error.ts";

/** Runs the `steward` command and returns its exit code: 0 well, 1 not well, 2 asked wrongly. */
export async function main(args: readonly string[]): Promise<number> {
  const outcome = { code: 0 };
  process.stdout.on("error", (error: NodeJS.ErrnoException) => endAfterReader(error, outcome.code));
  const program = new Command("steward")
    .description("Keeps Posit Package Manager serving on AWS.")
    .addHelpText(
      "after",
      `\nStart here:\n  $ npx steward simulate                      watch Steward repair a fleet, on a simulated AWS account\n  $ npx steward simulate --list               every scenario\n  $ npx steward account --port 4566           look into that account with the AWS CLI\n`,
    )
    .showSuggestionAfterError()
    .exitOverride();
  program.addCommand(simulateCommand(outcome));
  program.addCommand(accountCommand());
  program.addCommand(configCommand(outcome));
  program.addCommand(previewCommand(outcome));
  program.addCommand(statusCommand(outcome));
  program.addCommand(snapshotsCommand(outcome));
  program.addCommand(imagesCommand());
  program.addCommand(secretsCommand(outcome));
  for (const command of program.commands) command.exitOverride().showSuggestionAfterError().showHelpAfterError();
  try {
    await program.parseAsync([...args], { from: "user" });
    return outcome.code;
  } catch (error) {
    return failure(error);
  }
}

/** A reader that has seen enough (`head`, `less`) is no failure. */
function endAfterReader(error: NodeJS.ErrnoException, code: number): never {
  if (error.code !== "EPIPE") throw error;
  process.exit(code);
}

function failure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  return 2;
}
