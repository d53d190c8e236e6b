import type { Place, Vault } from "@steward/aws/vault";
import { readKey } from "@steward/core/desired/key-fingerprint";
import { LoginSecret, partOf, type SecretId } from "@steward/core/desired/vault";
import { readVaultedCertificate } from "./read-certificate.ts";
import { readLicense } from "./read-license.ts";
import { bad, good, type Reading } from "./reading.ts";

interface Asked {
  needed: readonly SecretId[];
  now: Date;
  host: string | null;
}

/** What was found of one place by reading it; no word of the value but its fingerprint, where it has one. */
export interface Verified {
  id: SecretId;
  fingerprint: string | null;
  problems: string[];
  warnings: string[];
}

/** Reads every value back and holds it, and what its place is tagged with, against what nodes will ask of it. */
export async function verifyVault(vault: Vault, asked: Asked): Promise<Verified[]> {
  const verified: Verified[] = [];
  const passwords = new Set<string>();
  for (const id of asked.needed) {
    const place = await vault.look(id);
    // AWS describes a place that is to be deleted, but lets nobody read it.
    const text = place.goesOn ? undefined : await vault.read(id);
    const found = text === undefined ? nothing(place) : judged(place, READERS[id](text, asked));
    const password = partOf(text ?? "", { secret: id, part: "password" });
    verified.push(
      password !== undefined && passwords.has(password) ? { ...found, problems: [...found.problems, "both logins have the same password"] } : found,
    );
    if (password !== undefined) passwords.add(password);
  }
  return verified;
}

const READERS: Record<SecretId, (text: string, asked: Asked) => Reading> = {
  "encryption-key": key,
  license: (text) => readLicense(text),
  certificate: readVaultedCertificate,
  "database-login-a": login,
  "database-login-b": login,
  "fingerprint-salt": (text) => (/^[0-9a-f]{64,}$/.test(text) ? good(null) : bad("it is not 32 random bytes in hexadecimal")),
};

function key(text: string): Reading {
  const reading = readKey(text);
  return reading.kind === "key" ? good(reading.fingerprint) : bad(reading.because);
}

function login(text: string): Reading {
  const password = partOf(text, { secret: "database-login-a", part: "password" });
  return LoginSecret.safeParse({ password }).success ? good(null) : bad("it is not JSON with a password of 24 to 128 letters, digits, dashes and underscores");
}

const nothing = ({ id, goesOn }: Place): Verified => ({ id, fingerprint: null, problems: [goesOn ? "it is to be deleted" : "it is missing"], warnings: [] });

function judged(place: Place, reading: Reading): Verified {
  if (reading.kind === "bad") return { id: place.id, fingerprint: null, problems: [reading.because], warnings: [] };
  const { fingerprint, warnings } = reading;
  return { id: place.id, fingerprint, problems: tagProblems(place, fingerprint), warnings: [...warnings, ...copyWarnings(place, fingerprint)] };
}

function tagProblems({ fingerprint: tagged }: Place, fingerprint: string | null): string[] {
  if (fingerprint === null || tagged === fingerprint) return [];
  return [tagged === null ? "its place is not tagged with its fingerprint" : `its place is tagged with another fingerprint, ${tagged}`];
}

function copyWarnings({ id, offlineCopy }: Place, fingerprint: string | null): string[] {
  if (id !== "encryption-key" || offlineCopy?.fingerprint === fingerprint) return [];
  return [offlineCopy ? "the offline copy that was confirmed is of another key" : "nobody has confirmed an offline copy"];
}
