import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { AwsError } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";

/** Plain text under a key: names the key, hides the rest. */
interface Envelope {
  keyId: string;
  iv: string;
  tag: string;
  sealed: string;
}

type EncryptionContext = Record<string, string> | undefined;

/** The material follows from the key's id: one seed, the same bytes. */
const material = (keyId: string): Buffer => createHash("sha256").update(`material of ${keyId}`).digest();

const authenticated = (context: EncryptionContext): Buffer => Buffer.from(JSON.stringify(Object.entries(context ?? {}).sort()));

/** Seals bytes under a key; opening takes the same encryption context. */
export function seal(keyId: string, plaintext: Uint8Array, context: EncryptionContext): Uint8Array {
  const iv = hex(24);
  const cipher = createCipheriv("aes-256-gcm", material(keyId), Buffer.from(iv, "hex")).setAAD(authenticated(context));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]).toString("base64");
  const envelope: Envelope = { keyId, iv, tag: cipher.getAuthTag().toString("hex"), sealed };
  return new Uint8Array(Buffer.from(JSON.stringify(envelope)));
}

/** The key that a ciphertext names; KMS refuses what it did not make. */
export const keyOf = (ciphertext: Uint8Array): string => envelopeOf(ciphertext).keyId;

/** Opens what `seal` closed; a wrong context is an invalid ciphertext, as in KMS. */
export function open(ciphertext: Uint8Array, context: EncryptionContext): Uint8Array {
  const { keyId, iv, tag, sealed } = envelopeOf(ciphertext);
  try {
    const decipher = createDecipheriv("aes-256-gcm", material(keyId), Buffer.from(iv, "hex")).setAAD(authenticated(context));
    decipher.setAuthTag(Buffer.from(tag, "hex"));
    return new Uint8Array(Buffer.concat([decipher.update(Buffer.from(sealed, "base64")), decipher.final()]));
  } catch (cause) {
    throw Object.assign(unreadable(), { cause });
  }
}

function envelopeOf(ciphertext: Uint8Array): Envelope {
  try {
    const { keyId, iv, tag, sealed } = JSON.parse(Buffer.from(ciphertext).toString()) as Envelope;
    if (keyId && iv && tag && sealed !== undefined) return { keyId, iv, tag, sealed };
  } catch (cause) {
    throw Object.assign(unreadable(), { cause });
  }
  throw unreadable();
}

/** KMS sends this error without a message. */
const unreadable = () => new AwsError("InvalidCiphertextException", "");
