import { type Vault, wasRefused } from "@steward/aws/vault";
import { readKey } from "@steward/core/desired/key-fingerprint";
import { LoginSecret, type SecretId } from "@steward/core/desired/vault";
import { Permanent } from "@steward/core/errors";

/** Where the new key goes before it is vaulted. */
export interface KeptKey {
  /** Must not return before the key is safe there; throws where it cannot be, and then nothing is vaulted. */
  keep(key: string): void;
  /** The key that was kept is nobody's: AWS did not take it. */
  discard(): void;
}

interface Filling {
  /** The places of the stage; of those only what Steward may make is made. */
  needed: readonly SecretId[];
  /** Bytes that nobody can guess. */
  random: (bytes: number) => Uint8Array;
  copy: KeptKey;
}

/** What became of one place; `made` only where this very call made the value that stands. */
export interface Filled {
  id: SecretId;
  outcome: "made" | "was there";
  /** The encryption key's, by the vendor's own way. */
  fingerprint?: string;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const login = (random: Filling["random"]): string => JSON.stringify(LoginSecret.parse({ password: Buffer.from(random(32)).toString("base64url") }));

/** The rest that may be made: what nobody outside has to know, and what harms nobody if it is lost. */
const MADE = {
  "database-login-a": login,
  "database-login-b": login,
  "fingerprint-salt": (random: Filling["random"]) => hex(random(32)),
} as const;
type Made = keyof typeof MADE;

/** Makes what Steward may make and what is not there yet, each once, whoever else does the same meanwhile; a value that is there is never touched. */
export async function fillVault(vault: Vault, { needed, random, copy }: Filling): Promise<Filled[]> {
  const filled = needed.includes("encryption-key") ? [await fillKey(vault, { random, copy })] : [];
  for (const id of (Object.keys(MADE) as Made[]).filter((id) => needed.includes(id)))
    filled.push({ id, outcome: (await vault.putFirst(id, MADE[id](random))) === "vaulted" ? "made" : "was there" });
  return filled;
}

async function fillKey(vault: Vault, { random, copy }: Pick<Filling, "random" | "copy">): Promise<Filled> {
  const { filled } = await vault.look("encryption-key");
  const outcome = filled ? "was there" : await firstKey(vault, hex(random(512)), copy);
  return { id: "encryption-key", outcome, fingerprint: await nameKey(vault) };
}

/** The copy comes first, so that no key was ever in use that nobody holds; it goes only where AWS said that this key is not the one. */
async function firstKey(vault: Vault, key: string, copy: KeptKey): Promise<Filled["outcome"]> {
  copy.keep(key);
  if ((await offered(vault, key, copy)) === "vaulted") return "made";
  if ((await vault.read("encryption-key")) !== key) copy.discard();
  return "was there";
}

async function offered(vault: Vault, key: string, copy: KeptKey) {
  try {
    return await vault.putFirst("encryption-key", key);
  } catch (error) {
    if (wasRefused(error)) copy.discard();
    throw error;
  }
}

/** Tags the key's place with the fingerprint of the key that is in it, and returns that; also mends what an earlier call did not get to. */
export async function nameKey(vault: Vault): Promise<string> {
  const reading = readKey((await vault.read("encryption-key")) ?? "");
  if (reading.kind === "invalid") throw new Permanent(`what is vaulted as encryption key is none: ${reading.because}`);
  await vault.nameValue("encryption-key", reading.fingerprint);
  return reading.fingerprint;
}
