import type { PolicyDocument, PolicyStatement } from "@steward/core/topology/policy";
import type { Right } from "../account/operation.ts";
import { conditionsHold } from "./conditions.ts";
import { matchesAction, matchesResource } from "./wildcard.ts";

/** The entries of a policy that made a statement apply. */
export interface GrantUse {
  statement: number;
  action: string;
  resource: string;
}

export type Verdict = { allowed: true; by: GrantUse[] } | { allowed: false; because: string };

/**
 * Identity-policy evaluation of one right: an explicit deny on any resource wins, and every resource needs an allow.
 * Throws `UnsupportedPolicy` where the policy says something that we don't evaluate. Source: IAM user guide, "Policy evaluation logic".
 */
export function evaluate(policy: PolicyDocument, right: Right): Verdict {
  const applied = right.resources.map((resource) => usesOn(policy, right, resource));
  if (applied.flat().some((use) => effectOf(policy, use) === "Deny")) return { allowed: false, because: "of an explicit deny in an identity-based policy" };
  if (applied.length === 0 || applied.some((uses) => uses.length === 0))
    return { allowed: false, because: `no identity-based policy allows the ${right.action} action` };
  return { allowed: true, by: applied.flat() };
}

const effectOf = (policy: PolicyDocument, use: GrantUse): PolicyStatement["Effect"] | undefined => policy.Statement[use.statement]?.Effect;

function usesOn(policy: PolicyDocument, right: Right, resource: string): GrantUse[] {
  return policy.Statement.flatMap((statement, index) => {
    const actions = statement.Action.filter((pattern) => matchesAction(pattern, right.action));
    const resources = statement.Resource.filter((pattern) => matchesResource(pattern, resource));
    if (actions.length === 0 || resources.length === 0 || !conditionsHold(statement.Condition ?? {}, right.context ?? {})) return [];
    return actions.flatMap((action) => resources.map((entry) => ({ statement: index, action, resource: entry })));
  });
}
