import { createHash } from "node:crypto";
import { bad, good, type Reading } from "./reading.ts";

/** `<expiration>_<product>_<organisation>_<key>.lic`. Source: Package Manager's Admin Guide, "License management". */
const NAMED = /^[^_]+_[^_]+_.+_[^_]+\.lic$/;

/** Looks at a licence as far as anybody but Posit can; `name` is that of its file, where there was one. */
export function readLicense(text: string, name: string | null = null): Reading {
  if (text.trim() === "") return bad("the licence is empty");
  if (text.includes("\0")) return bad("the licence has zero bytes in it, so it is no text");
  const odd = name !== null && !NAMED.test(name);
  const warnings = odd ? [`${name} is not named like a licence file of Posit's (<expiration>_<product>_<organisation>_<key>.lic): is it the right one?`] : [];
  return good(createHash("sha256").update(text).digest("hex"), warnings);
}
