import { createHash } from "node:crypto";

/** Names the text of `rstudio-pm.gcfg`; `v0` compares bytes, a later scheme will compare parsed settings. */
export const configFingerprint = (text: string): string => `v0:${createHash("sha256").update(text).digest("hex")}`;
