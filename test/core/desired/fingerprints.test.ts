import { configFingerprint } from "@steward/core/desired/config-fingerprint";
import { readKey } from "@steward/core/desired/key-fingerprint";
import { describe, expect, test } from "vitest";

/** 512 bytes that count up; its fingerprint was worked out apart from this code, after the vendor's description. */
const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
const fingerprint = "e27211b567f1ced1db4a7e3464c600ec08ae3ef2dc3736861a69f3a0e26e80b5";
const base64 = bytes.toString("base64");

describe("a key", () => {
  test.each([
    ["hexadecimal", bytes.toString("hex")],
    ["hexadecimal in capitals", bytes.toString("hex").toUpperCase()],
    ["base64", base64],
    ["base64 in lines", `${base64.replace(/.{64}/g, "$&\n")}\n`],
    ["base64 in lines of Windows", base64.replace(/.{64}/g, "$&\r\n")],
  ])("has the same fingerprint as %s", (_form, text) => {
    expect(readKey(text)).toEqual({ kind: "key", fingerprint });
  });

  test("of other bytes has another fingerprint", () => {
    const other = Buffer.from(bytes).fill(1, 511);
    expect(readKey(other.toString("hex"))).toMatchObject({ kind: "key", fingerprint: expect.not.stringMatching(fingerprint) });
  });

  test.each([
    ["a line break after hexadecimal", `${bytes.toString("hex")}\n`],
    ["a space before base64", ` ${base64}`],
  ])("is not taken with %s, and the reason says so", (_what, text) => {
    expect(readKey(text)).toMatchObject({ kind: "invalid", because: expect.stringContaining("white space") });
  });

  test.each([
    ["nothing", ""],
    ["a key that is cut off", bytes.toString("hex").slice(0, 1022)],
    ["an odd number of digits", bytes.toString("hex").slice(1)],
    ["base64 of too few bytes", bytes.subarray(3).toString("base64")],
    ["something else", "not a key at all!"],
  ])("is not %s", (_what, text) => {
    expect(readKey(text)).toMatchObject({ kind: "invalid", because: expect.stringContaining("512 bytes") });
  });

  test("that is refused is not repeated in the reason", () => {
    const secret = bytes.toString("hex").slice(0, 1000);
    expect(JSON.stringify(readKey(secret))).not.toContain(secret.slice(0, 8));
  });
});

test("a config is named by its bytes, with the scheme in front", () => {
  expect(configFingerprint("[Server]\n")).toMatch(/^v0:[0-9a-f]{64}$/);
  expect(configFingerprint("[Server]\n")).toBe(configFingerprint("[Server]\n"));
  expect(configFingerprint("[Server]\n")).not.toBe(configFingerprint("[Server]"));
});
