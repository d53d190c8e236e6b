import type { SecretId } from "@steward/core/desired/vault";

/** What an operator has put into the vault of a stage; a place that the stage does not have is left out when it is filled. */
export type Vault = Partial<Record<SecretId, string>>;

/** Secrets of the right form, which open nothing; a stage without a `certificate` of its own has no use for that one. */
export const DEMO_VAULT = {
  "encryption-key": "5a".repeat(512),
  license: "Product: posit-package-manager\nOrganisation: Example\nExpiration: 2028-01-01\n",
  certificate: JSON.stringify({ certificate: "a certificate of packages.example.com", "private-key": "its private key" }),
  "database-login-a": JSON.stringify({ password: "simulated-login-a-0123456789" }),
  "database-login-b": JSON.stringify({ password: "simulated-login-b-0123456789" }),
  "fingerprint-salt": "0f".repeat(32),
} as const satisfies Vault;
