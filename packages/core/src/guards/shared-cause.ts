import { after } from "../apply/duration.ts";
import { causeOf } from "../health/causes.ts";
import { triage } from "../health/triage.ts";
import { aftermath } from "../incidents/aftermath.ts";
import { RUNBOOKS } from "../runbooks/registry.ts";
import type { Guard } from "./guard.ts";

/** What makes several nodes look sick is no node's fault: replacing one would only take capacity away. */
export const sharedCause: Guard = (facts, intent, policy, now) => {
  // What a person has approved may be the cure of what is shared.
  if (!intent.disrupts || RUNBOOKS[intent.runbook].propose) return undefined;
  const shared = triage(facts, policy).find((finding) => causeOf(finding.cause).shared);
  const before = aftermath(facts, policy, now);
  if (!shared && before)
    return {
      verdict: "wait",
      guard: "shared-cause",
      until: after(now, policy.poll),
      because: `${causeOf(before.cause).words} until a moment ago: the nodes get time to find back`,
    };
  return (
    shared && {
      verdict: "refuse",
      guard: "shared-cause",
      because: `${causeOf(shared.cause).words} (${shared.evidence.join("; ")}): not a node problem, I touch no node`,
    }
  );
};
