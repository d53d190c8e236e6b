import { createHash } from "node:crypto";

/** Bytes of a Package Manager encryption key, once decoded. */
const KEY_BYTES = 512;

/** Posit's products turn key bytes by this repeating pattern before use; source: rstudio/rskey, crypt/key.go. */
const PATTERN = [223, 99, 111, 160, 122, 212, 223, 105, 37, 190];

/** What a key file turned out to be; never carries anything of the key itself. */
export type KeyReading = { kind: "key"; fingerprint: string } | { kind: "invalid"; because: string };

/** Reads the text of a key file as Package Manager does and names the key by the vendor's own fingerprint. */
export function readKey(text: string): KeyReading {
  const bytes = decode(text);
  if (bytes) return { kind: "key", fingerprint: fingerprint(bytes) };
  if (decode(text.trim()))
    return { kind: "invalid", because: "the key file has white space around the key, which Package Manager does not take for the same key" };
  return { kind: "invalid", because: "the key file does not hold 512 bytes as 1024 hexadecimal characters or as base64" };
}

/** The vendor hashes the turned bytes, not the decoded ones (`rskey fingerprint`). */
function fingerprint(bytes: Uint8Array): string {
  const turned = bytes.map((byte, index) => byte ^ (PATTERN[index % PATTERN.length] as number));
  return createHash("sha256").update(turned).digest("hex");
}

/** Hexadecimal first, then base64 with line breaks allowed: the order in which the vendor tries them. */
function decode(text: string): Uint8Array | undefined {
  if (/^([0-9a-fA-F]{2})+$/.test(text)) return ofKeyLength(Buffer.from(text, "hex"));
  const base64 = text.replace(/[\r\n]/g, "");
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  return ofKeyLength(Buffer.from(base64, "base64"));
}

const ofKeyLength = (bytes: Uint8Array): Uint8Array | undefined => (bytes.length === KEY_BYTES ? bytes : undefined);
