import { createHash } from "node:crypto";
import { readKey } from "@steward/core/desired/key-fingerprint";
import { expect, test } from "vitest";

const PATTERN = [223, 99, 111, 160, 122, 212, 223, 105, 37, 190];
const patternKey = Buffer.from(Array.from({ length: 512 }, (_, i) => PATTERN[i % PATTERN.length] ?? 0));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("names a key by the digest of its turned bytes: a key that is the pattern turns to zeros", () => {
  expect(readKey(patternKey.toString("hex"))).toEqual({ kind: "key", fingerprint: sha256(new Uint8Array(512)) });
});

test("differs from the plain digest of the key", () => {
  expect(readKey("00".repeat(512))).toEqual({ kind: "key", fingerprint: sha256(patternKey) });
  expect(readKey("00".repeat(512))).not.toEqual({ kind: "key", fingerprint: sha256(new Uint8Array(512)) });
});

test("gives the same name to both encodings, to either case, and to base64 with line breaks", () => {
  const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 37) % 256));
  const name = readKey(bytes.toString("hex"));
  const wrapped = (bytes.toString("base64").match(/.{1,64}/g) ?? []).join("\n");
  expect(name.kind).toBe("key");
  expect(readKey(bytes.toString("hex").toUpperCase())).toEqual(name);
  expect(readKey(bytes.toString("base64"))).toEqual(name);
  expect(readKey(`${wrapped}\n`)).toEqual(name);
});

test.each([
  ["a newline after hexadecimal", `${"ab".repeat(512)}\n`, "white space"],
  ["a byte too few", "ab".repeat(511), "512 bytes"],
  ["a byte too many", "ab".repeat(513), "512 bytes"],
  ["nothing", "", "512 bytes"],
  ["something else", "not a key".repeat(100), "512 bytes"],
])("takes %s for no key and shows nothing of it", (_, text, because) => {
  const reading = readKey(text);
  expect(reading).toEqual({ kind: "invalid", because: expect.stringContaining(because) });
  if (text !== "") expect(JSON.stringify(reading)).not.toContain(text.slice(0, 16));
});
