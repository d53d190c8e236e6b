/** What a value turned out to be; says nothing of what is in it. */
export type Reading = { kind: "good"; fingerprint: string | null; warnings: string[] } | { kind: "bad"; because: string };

export const bad = (because: string): Reading => ({ kind: "bad", because });
export const good = (fingerprint: string | null, warnings: string[] = []): Reading => ({ kind: "good", fingerprint, warnings });
