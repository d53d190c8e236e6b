import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const PROGRAM = new URL("../../dist/node/steward-node.mjs", import.meta.url);

/** What a deploy fills in for the node's program as it was built for these tests. */
export const builtProgram = (): { program: string } => ({ program: createHash("sha256").update(readFileSync(PROGRAM)).digest("hex") });
