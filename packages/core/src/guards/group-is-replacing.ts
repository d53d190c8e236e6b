import { after } from "../apply/duration.ts";
import { isMoving } from "../fleet/standing.ts";
import type { Guard } from "./guard.ts";

/** While the group replaces a node of its own accord, a second replacement beside it would be one too many. */
export const groupIsReplacing: Guard = (facts, intent, policy, now) => {
  if (!intent.disrupts || intent.resumes) return undefined;
  const moving = facts.nodes.filter(isMoving).map((node) => `${node.instanceId} is ${node.lifecycle}`);
  const since = facts.group.activities.map((activity) => activity.startedAt).sort((a, b) => a.getTime() - b.getTime())[0];
  const busy = [...moving, ...facts.group.activities.map((activity) => activity.description)];
  if (busy.length === 0) return undefined;
  const because =
    policy.topology === "single"
      ? `the group is bringing or ending a server (${busy.join("; ")}): I wait`
      : `the group is replacing a node by itself (${busy.join("; ")}): I only admit`;
  if (since && after(since, policy.groupPatience) < now)
    return { verdict: "refuse", guard: "group-is-replacing", because: `${because}, and it has not finished since ${since.toISOString()}` };
  return { verdict: "wait", guard: "group-is-replacing", until: after(now, { minutes: 1 }), because };
};
