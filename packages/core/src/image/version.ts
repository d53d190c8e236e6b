import { createHash } from "node:crypto";

/**
 * A version that follows from the content: Image Builder never changes a component or a recipe, it wants another version. The last
 * part stays below 2^28, its limit is 2^30. Source: Image Builder API reference, "CreateComponent", semantic version.
 */
export const contentVersion = (content: string): string => `1.0.${Number.parseInt(createHash("sha256").update(content).digest("hex").slice(0, 7), 16)}`;
