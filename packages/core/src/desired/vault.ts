import { z } from "zod";

/** What lies in the vault, by the name of its place. `fingerprint-salt` keys the fingerprints of configurations and opens nothing. */
export const SECRET_IDS = ["encryption-key", "license", "certificate", "database-login-a", "database-login-b", "fingerprint-salt"] as const;
export const SecretId = z.enum(SECRET_IDS);
export type SecretId = z.infer<typeof SecretId>;

/** A part of a secret; `text` is the whole of one that has no parts. */
const Part = z.enum(["text", "password", "certificate", "private-key"]);

/** A secret by name and part; its value is put in its place by the node alone. */
export const SecretReference = z.strictObject({ secret: SecretId, part: Part });
export type SecretReference = z.infer<typeof SecretReference>;

/** The two logins share one owner role, so that one can change while the other serves. */
export const LOGINS = ["database-login-a", "database-login-b"] as const;
export type LoginId = (typeof LOGINS)[number];
export const LOGIN_USERS: Record<LoginId, string> = { "database-login-a": "ppm_a", "database-login-b": "ppm_b" };
/** Owns everything in the database and cannot log in. */
export const OWNER_ROLE = "ppm";

/** Shape of the secrets that have parts; every other one is plain text, kept to the byte. */
export const LoginSecret = z.object({ password: z.string().regex(/^[A-Za-z0-9_-]{24,128}$/) });
export const CertificateSecret = z.object({ certificate: z.string().min(1), "private-key": z.string().min(1) });

/** The part of a secret's text that a reference means; undefined where the text does not hold it. */
export function partOf(text: string, { part }: SecretReference): string | undefined {
  if (part === "text") return text;
  const parsed = z.record(z.string(), z.unknown()).safeParse(json(text));
  const found = parsed.success ? parsed.data[part] : undefined;
  return typeof found === "string" ? found : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
