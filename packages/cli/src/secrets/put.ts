import type { Vault } from "@steward/aws/vault";
import { readKey } from "@steward/core/desired/key-fingerprint";
import { UsageError } from "../usage-error.ts";
import { nameKey } from "./fill.ts";

/** What putting came to. */
export interface Put {
  outcome: "vaulted" | "replaced" | "was there";
  fingerprint: string;
}

/** Vaults a licence or certificate that has been looked at; the value before it stays readable as AWSPREVIOUS. */
export async function putReplaceable(vault: Vault, id: "license" | "certificate", { text, fingerprint }: { text: string; fingerprint: string }): Promise<Put> {
  const before = await vault.read(id);
  if (before !== text) await vault.replace(id, text);
  await vault.nameValue(id, fingerprint);
  return { outcome: before === undefined ? "vaulted" : before === text ? "was there" : "replaced", fingerprint };
}

/** Brings the key of an existing deployment into an empty place; a key that is there is never replaced, because what it encrypted would be lost. */
export async function putKey(vault: Vault, text: string): Promise<Put> {
  const offered = fingerprintOf(text, "the file");
  const outcome = (await vault.putFirst("encryption-key", text)) === "vaulted" ? "vaulted" : "was there";
  const vaulted = await nameKey(vault);
  if (vaulted === offered) return { outcome, fingerprint: vaulted };
  throw new UsageError(
    `the vault holds another encryption key (${vaulted}) than the file (${offered}), and a key is never replaced: everything that it encrypted would be lost; nothing was changed`,
  );
}

/** Notes that somebody holds the vault's key outside of AWS, having seen it; returns its fingerprint. */
export async function confirmCopy(vault: Vault, copy: string, now: Date): Promise<string> {
  const offline = fingerprintOf(copy, "the offline copy");
  const vaulted = await vault.read("encryption-key");
  if (vaulted === undefined) throw new UsageError("the vault holds no encryption key yet, so no copy can be confirmed; npx steward secrets init makes one");
  const fingerprint = fingerprintOf(vaulted, "what is vaulted as encryption key");
  if (fingerprint !== offline)
    throw new UsageError(`the offline copy is of another key (${offline}) than the vault's (${fingerprint}); look for the right one, nothing was confirmed`);
  await vault.nameValue("encryption-key", fingerprint);
  await vault.confirmOfflineCopy("encryption-key", { fingerprint, confirmed: now });
  return fingerprint;
}

function fingerprintOf(text: string, what: string): string {
  const reading = readKey(text);
  if (reading.kind === "key") return reading.fingerprint;
  throw new UsageError(`${what} is no encryption key: ${reading.because}; nothing was done`);
}
