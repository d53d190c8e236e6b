import { createHash } from "node:crypto";

/** A client token out of a name: Image Builder takes 36 characters at most, EC2 64. */
export const clientToken = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 32);
