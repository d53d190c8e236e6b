import { causeOf } from "../health/causes.ts";
import { triage } from "../health/triage.ts";
import type { Guard } from "./guard.ts";

/** What makes several nodes look sick is no node's fault: replacing one would only take capacity away. */
export const sharedCause: Guard = (facts, intent) => {
  if (!intent.disrupts) return undefined;
  const shared = triage(facts).find((finding) => causeOf(finding.cause).shared);
  if (!shared) return undefined;
  return { verdict: "refuse", guard: "shared-cause", because: `${causeOf(shared.cause).words} (${shared.evidence.join("; ")}): not a node problem, I touch no node` };
};
