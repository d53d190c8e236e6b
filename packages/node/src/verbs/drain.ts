import type { Act } from "../command.ts";
import { PATHS } from "../paths.ts";

/** `rspm offline` lets requests in flight end; Posit's default for that is 60 s. */
const OFFLINE_TIMEOUT_MS = 75_000;

/** Takes Package Manager on this node offline: it finishes its work and then answers 503 to everything. */
export const drain: Act = async (host) => {
  const { exitCode } = await host.exec(PATHS.rspm, ["offline"], OFFLINE_TIMEOUT_MS);
  return exitCode === 0 ? { outcome: "done" } : { outcome: "failed", because: `rspm offline ended with exit code ${exitCode}` };
};
