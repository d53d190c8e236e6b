import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { configFile } from "../load-config.ts";
import type { Surroundings } from "../secrets/actions.ts";
import type { StageOptions } from "../secrets/open-vault.ts";
import type { PutOptions } from "../secrets/puttable.ts";

const PROCESS: Surroundings = {
  client: {},
  random: randomBytes,
  now: () => new Date(),
  say: (text) => process.stdout.write(text),
  warn: (text) => process.stderr.write(text),
};

/** AWS's clients take time to load, which no other command should wait for. */
const actions = () => import("../secrets/actions.ts");

/** `steward secrets`: fills the vault without a secret in a shell's history, a log, or a deploy's state. */
export function secretsCommand(outcome: { code: number }, around: Surroundings = PROCESS): Command {
  const command = new Command("secrets").description(
    "Put key, licence, certificate and logins into the stage's vault, and see what is there; prints no secret.",
  );
  for (const subcommand of [status(outcome, around), init(around), confirm(around), put(around), verify(outcome, around)])
    command.addCommand(subcommand.exitOverride().showSuggestionAfterError().showHelpAfterError());
  return command.addHelpText("after", HELP);
}

const HELP = `
In this order, after the first deploy:
  $ npx steward secrets init --stage production --offline-copy /media/usb/production.key
  $ npx steward secrets confirm-offline-copy --stage production --from /media/usb/production.key
  $ npx steward secrets put license --stage production --from 2027-11-30_rspm_example_KEY.lic
  $ npx steward secrets status --stage production

Nothing is done with credentials of another account than the stage's. Secrets come from files or standard input, never from arguments.
Exit code: 0 well, 1 something is missing (status) or not well (verify), 2 refused, with the reason.`;

const subcommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option("--stage <name>", "which stage; may be left out where there is one")
    .option("--file <path>", "where the settings are written", configFile())
    .option("--profile <name>", "profile of the AWS configuration; left out, AWS_PROFILE or what else the AWS CLI takes")
    .option("--region <name>", "region of the vault; left out, the one of the settings");

const status = (outcome: { code: number }, around: Surroundings): Command =>
  subcommand("status", "Show each place that the stage needs, whether it is filled, and what to do next; reads no value.")
    .option("--json", "print one JSON object: { stage, complete, places: [{ id, name, state, fingerprint, offlineCopy, next }] }")
    .action(async (options: StageOptions & { json?: boolean }) => {
      outcome.code = await (await actions()).status(options, around);
    });

const init = (around: Surroundings): Command =>
  subcommand("init", "Make encryption key, fingerprint salt and database logins where there are none; what is there is never touched.")
    .option("--offline-copy <file>", "new file for the copy of the encryption key, outside of any git work tree; needed while there is no key")
    .action(async (options: StageOptions & { offlineCopy?: string }) => (await actions()).init(options, around));

const confirm = (around: Surroundings): Command =>
  subcommand("confirm-offline-copy", "Compare your offline copy of the encryption key with the vault's key, and note that you hold it.")
    .requiredOption("--from <file>", "the copy; - reads standard input")
    .action(async (options: StageOptions & { from: string }) => (await actions()).confirm(options, around));

const put = (around: Surroundings): Command =>
  subcommand("put", "Vault a licence, a certificate, or the encryption key of a deployment that was there before; looks at it first.")
    .argument("<what>", "license, certificate or encryption-key")
    .option("--from <file>", "the licence or the key, byte for byte; - reads standard input")
    .option("--certificate <file>", "PEM: the server's certificate first, then its issuers")
    .option("--private-key <file>", "PEM, without a passphrase")
    .action(async (what: string, options: PutOptions) => (await actions()).put(what, options, around));

const verify = (outcome: { code: number }, around: Surroundings): Command =>
  subcommand("verify", "Read every value back, and hold it against what nodes will ask of it; prints fingerprints only.")
    .option("--json", "print one JSON object: { stage, well, places: [{ id, fingerprint, problems, warnings }] }")
    .action(async (options: StageOptions & { json?: boolean }) => {
      outcome.code = await (await actions()).verify(options, around);
    });
