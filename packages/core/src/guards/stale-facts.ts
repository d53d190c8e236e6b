import { after } from "../apply/duration.ts";
import { isAboutFleet } from "../incidents/incident.ts";
import type { Guard } from "./guard.ts";

/** Old or unreadable facts are no ground to act on; "could not read" is never "absent". */
export const staleFacts: Guard = (facts, _intent, policy, now) => {
  const until = after(now, policy.poll);
  if (after(facts.at, policy.staleAfter) < now)
    return { verdict: "wait", guard: "stale-facts", until, because: `the facts are from ${facts.at.toISOString()}: I look again first` };
  if (facts.unread.length === 0) return undefined;
  const because = `I can't see enough: ${facts.unread.map(({ what, because }) => `${what} (${because})`).join("; ")}`;
  const oldest = facts.incidents
    .filter(isAboutFleet)
    .map((incident) => incident.openedAt)
    .sort((a, b) => a.getTime() - b.getTime())[0];
  return oldest && after(oldest, policy.blindFor) < now
    ? { verdict: "refuse", guard: "stale-facts", because }
    : { verdict: "wait", guard: "stale-facts", until, because };
};
