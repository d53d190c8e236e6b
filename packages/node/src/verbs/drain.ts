import type { Act } from "../command.ts";
import { failure, LINES } from "../programs.ts";
import { untilServing } from "../service.ts";

/** `rspm offline` lets requests in flight end; Posit's default for that is 60 s. */
const OFFLINE = { ms: 75_000 };
const ONLINE = { ms: 30_000 };
/** A server that runs already is back soon. */
const BACK = { seconds: 60 };

/** Takes Package Manager on this node offline: it finishes its work and then answers 503 to everything. */
export const drain: Act = async (host) => {
  const because = await failure(host, LINES.offline, OFFLINE);
  return because === undefined ? { outcome: "done" } : { outcome: "failed", because };
};

/** Takes Package Manager on this node online again, with its configuration read anew, and waits until it answers. */
export const resume: Act = async (host) => {
  const because = await failure(host, LINES.online, ONLINE);
  return because === undefined ? untilServing(host, { within: BACK }) : { outcome: "failed", because };
};
