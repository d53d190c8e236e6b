import { type EffectiveDocument, pointerTo } from "@steward/core/desired/documents";
import { desiredState, effectiveDocument } from "@steward/core/desired/in-effect";
import { readKey } from "@steward/core/desired/key-fingerprint";
import type { SecretId } from "@steward/core/desired/vault";
import type { NodeSettings } from "@steward/core/fleet/node-settings";
import type { DesiredState } from "@steward/core/fleet/probe";
import { names } from "@steward/core/topology/names";
import { declared } from "@steward/core/topology/state";
import type { TopologyKind } from "@steward/core/topology/topology";
import { readHa, readSingle } from "../core/settings/configs.ts";

/** Words that must never leave the node by any way out. */
export const CANARIES = {
  key: "c0ffee".repeat(171).slice(0, 1024),
  license: "canary-license-line-one\ncanary-license-line-two\n",
  privateKey: "-----BEGIN canary-private-key-----\n$`\\\"'canary-private-key\n",
  loginA: "canary-login-password-a-0123",
  loginB: "canary-login-password-b-0123",
  master: "canary:master\\password",
  salt: "canary-salt-".padEnd(64, "5"),
};

export const MASTER = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1";

/** What the vault holds, by name. */
export const VAULT: Record<SecretId, string> = {
  "encryption-key": CANARIES.key,
  license: CANARIES.license,
  certificate: JSON.stringify({ certificate: "a certificate\n", "private-key": CANARIES.privateKey }),
  "database-login-a": JSON.stringify({ password: CANARIES.loginA }),
  "database-login-b": JSON.stringify({ password: CANARIES.loginB }),
  "fingerprint-salt": CANARIES.salt,
};

export const STAGE = "demo";
export const VOLUME = "vol-0123456789abcdef0";
export const BUCKET = "steward-state";
/** Where a secret of the stage lies. */
export const secretName = (id: SecretId): string => names(STAGE).secret(id);

export const settingsOf = (topology: TopologyKind): NodeSettings => ({
  stage: STAGE,
  region: "eu-central-1",
  group: "steward-demo",
  launchHook: "steward-demo-admit",
  topology,
  table: "steward-demo",
  desired: "/steward/demo/desired",
  purpose: "serve",
});

/** The document of a stage like those that Steward writes. */
export function documentOf(topology: TopologyKind): EffectiveDocument {
  const settings = topology === "ha" ? readHa({ packageManager: PACKAGE_MANAGER }) : readSingle({ packageManager: PACKAGE_MANAGER });
  const inService =
    topology === "ha"
      ? { dataVolume: null, database: { host: "db.example.com", login: "database-login-a" as const, masterSecret: MASTER } }
      : { dataVolume: VOLUME, database: null };
  return effectiveDocument(declared(settings, { stage: STAGE, n: names(STAGE) }), inService);
}

const PACKAGE_MANAGER = { version: "2026.08.0", rVersions: ["4.6.1", "4.5.2"], pythonVersions: ["3.14.7"] };

const reading = readKey(CANARIES.key);
export const KEY_FINGERPRINT = reading.kind === "key" ? reading.fingerprint : "";

/** What Steward writes for a document: the state, and the document's text under its key. */
export function inEffect(document: EffectiveDocument): { state: DesiredState; text: string } {
  return desiredState(document, { bucket: BUCKET, salt: CANARIES.salt, keyFingerprint: KEY_FINGERPRINT, revision: 3 });
}

export const pointer = (text: string) => pointerTo(BUCKET, "effective", text);
