import { compareFingerprints, fingerprint } from "@steward/core/desired/digest";
import type { EffectiveDocument } from "@steward/core/desired/documents";
import { parseConfig } from "@steward/core/desired/gcfg";
import { readKey } from "@steward/core/desired/key-fingerprint";
import { CertificateSecret, LoginSecret, partOf, type SecretId, type SecretReference } from "@steward/core/desired/vault";
import type { NodeSettings } from "@steward/core/fleet/node-settings";
import type { DesiredState } from "@steward/core/fleet/probe";
import { names } from "@steward/core/topology/names";
import { asked, cannotUse, understood, value } from "./desired.ts";
import type { Host } from "./host.ts";

/** Secrets by their place in the vault, each as it should be; for files of this node alone. */
export type Secrets = ReadonlyMap<SecretId, string>;

/** Every secret that a node of this document needs. */
export function secretsOf({ config, license }: EffectiveDocument): SecretId[] {
  const references = [...Object.values(config.environment), ...Object.values(config.files)];
  const file: SecretId[] = license.kind === "file" ? ["license"] : [];
  return [...new Set<SecretId>(["encryption-key", "fingerprint-salt", ...references.map(({ secret }) => secret), ...file])];
}

/** Fetches these secrets, all at once, and checks each; to be called in a `reading`. */
export async function fetchSecrets(host: Host, settings: NodeSettings, ids: readonly SecretId[]): Promise<Secrets> {
  const aws = host.aws(settings);
  const texts = await Promise.all(ids.map(async (id) => [id, await asked(`the secret ${id}`, aws.secret(names(settings.stage).secret(id)))] as const));
  return new Map(texts.map(([id, text]) => [id, checked(id, value(text))]));
}

/** Whether a text may key fingerprints: the digest takes no shorter one. */
export const isSalt = (text: string): boolean => text.length >= SALT_LENGTH;
const SALT_LENGTH = 64;

const CHECKS: Record<SecretId, (text: string) => string | undefined> = {
  /** By `checkKey`, which knows the desired one. */
  "encryption-key": () => undefined,
  license: (text) => (text.trim() === "" ? "it is empty" : undefined),
  certificate: (text) => wrongIn(CertificateSecret, text),
  "database-login-a": (text) => wrongIn(LoginSecret, text),
  "database-login-b": (text) => wrongIn(LoginSecret, text),
  "fingerprint-salt": (text) => (isSalt(text) ? undefined : `it has less than ${SALT_LENGTH} characters`),
};

function checked(id: SecretId, text: string): string {
  const because = CHECKS[id](text);
  return because === undefined ? text : cannotUse(`the secret ${id} cannot be used: ${because}`);
}

function wrongIn(schema: Parameters<typeof understood>[0], text: string): string | undefined {
  const found = understood(schema, text, "its JSON");
  return found.kind === "unusable" ? found.because : undefined;
}

/** The value that a reference means; ends the reading where the secret has no such part. */
export function partIn(secrets: Secrets, reference: SecretReference): string {
  const { secret, part } = reference;
  return partOf(textOf(secrets, secret), reference) ?? cannotUse(`the secret ${secret} has no part ${part}`);
}

/** A secret as it lies in the vault; ends the reading where it was not fetched. */
export const textOf = (secrets: Secrets, id: SecretId): string => secrets.get(id) ?? cannotUse(`the secret ${id} was not asked for`);

/** Ends the reading where the vault holds another key than the fleet's: Package Manager would not read what it has encrypted. */
export function checkKey(secrets: Secrets, desired: DesiredState | null): string {
  const found = readKey(textOf(secrets, "encryption-key"));
  if (found.kind === "invalid") return cannotUse(`encryption key: ${found.because}`);
  if (desired && found.fingerprint !== desired.keyFingerprint) return cannotUse("encryption key: the fingerprint of the vaulted key is not the desired one");
  return found.fingerprint;
}

/** Ends the reading where the desired state names another configuration than its document holds; another salt proves nothing. */
export function checkConfig(document: EffectiveDocument, secrets: Secrets, desired: string | null): void {
  const found = parseConfig(document.config.text);
  if (found.kind === "invalid") cannotUse("configuration: the document's is none that Package Manager would read");
  const own = fingerprint(found.config, textOf(secrets, "fingerprint-salt"));
  if (compareFingerprints(own, desired) === "different") cannotUse("configuration: the document's has another fingerprint than the desired one");
}
