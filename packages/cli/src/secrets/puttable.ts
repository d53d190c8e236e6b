import type { Vault } from "@steward/aws/vault";
import { UsageError } from "../usage-error.ts";
import { type Given, readGiven } from "./given-file.ts";
import { hostOf, type OpenStage, type StageOptions } from "./open-vault.ts";
import { type Put, putKey, putReplaceable } from "./put.ts";
import { readCertificate } from "./read-certificate.ts";
import { readLicense } from "./read-license.ts";
import type { Reading } from "./reading.ts";

/** Where the secrets that somebody brings lie. */
export interface PutOptions extends StageOptions {
  from?: string;
  certificate?: string;
  privateKey?: string;
}

interface PutAround {
  now: () => Date;
  warn: (warnings: readonly string[]) => void;
}

type Putter = (options: PutOptions, open: OpenStage, around: PutAround) => (vault: Vault) => Promise<Put>;

/** Looks at what is to be put, at once, and returns what puts it. */
export const PUTTABLE: Record<"license" | "certificate" | "encryption-key", Putter> = {
  license: ({ from }, { settings }, { warn }) => {
    const { text, name, warnings } = given("--from", from);
    const { fingerprint, warnings: more } = fit(readLicense(text, settings.packageManager.license.kind === "file" ? name : null));
    warn([...warnings, ...more]);
    return (vault) => putReplaceable(vault, "license", { text, fingerprint });
  },
  certificate: (options, { settings }, { warn, now }) => {
    const [own, key] = [given("--certificate", options.certificate), given("--private-key", options.privateKey)];
    const pair = { certificate: own.text, "private-key": key.text };
    const { fingerprint, warnings } = fit(readCertificate(pair, { now: now(), host: hostOf(settings) }));
    warn([...key.warnings, ...warnings]);
    return (vault) => putReplaceable(vault, "certificate", { text: JSON.stringify(pair), fingerprint });
  },
  "encryption-key": ({ from }, _open, { warn }) => {
    const { text, warnings } = given("--from", from);
    warn(warnings);
    return (vault) => putKey(vault, text);
  },
};

export const isPuttable = (what: string): what is keyof typeof PUTTABLE => Object.hasOwn(PUTTABLE, what);

function given(option: string, path: string | undefined): Given {
  if (path === undefined) throw new UsageError(`${option} <file> is needed; nothing was done`);
  return readGiven(path);
}

function fit(reading: Reading): { fingerprint: string; warnings: string[] } {
  if (reading.kind === "bad") throw new UsageError(`${reading.because}; nothing was done`);
  return { fingerprint: reading.fingerprint ?? "", warnings: reading.warnings };
}
