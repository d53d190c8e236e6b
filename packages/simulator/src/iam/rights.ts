import type { PolicyDocument } from "@steward/core/topology/policy";
import type { Account } from "../account/account.ts";
import type { Right } from "../account/operation.ts";
import type { Principal } from "../account/principal.ts";
import type { GrantUse, Verdict } from "./evaluate.ts";
import { decide } from "./resource-policy.ts";
import { policyProblems, resourcePolicyProblems } from "./validate.ts";

/** One distinct question that was put to the evaluator, and its answer. */
export interface RightsDecision {
  principal: string;
  policy: PolicyDocument;
  right: Right;
  verdict: Verdict;
}

/** What was asked of the rights and what was used; read by tests, never by the account itself. */
export interface Rights {
  /** Each distinct pair of policy and right once, in the order in which they were first asked. */
  readonly decisions: readonly RightsDecision[];
  /** The grants that a principal's calls have used so far. */
  usedStatements(principal: Principal): GrantUse[];
  /** Granted actions and resources that no allowed call has needed, one sentence each. */
  unused(principal: Principal): string[];
}

/** Makes the deployed policies the judge of every call; fails at a principal's first call when AWS would not understand its policy. */
export function installRights(account: Account): Rights {
  const answers = new WeakMap<PolicyDocument, Map<string, Verdict>>();
  const decisions: RightsDecision[] = [];
  const answersOf = (policy: PolicyDocument): Map<string, Verdict> => {
    const known = answers.get(policy) ?? checked(policy);
    answers.set(policy, known);
    return known;
  };
  account.authorize = (principal, right) => {
    const known = answersOf(principal.policy);
    const question = JSON.stringify([right.action, right.resources, right.context, ...(right.policy ? [principal.arn, right.policy] : [])]);
    if (right.policy && !known.has(question)) refuseUnclear(resourcePolicyProblems(right.policy));
    const verdict = known.get(question) ?? decide(principal.arn, principal.policy, right);
    if (!known.has(question)) decisions.push({ principal: principal.arn, policy: principal.policy, right, verdict });
    known.set(question, verdict);
    return verdict;
  };
  const usedStatements = (principal: Principal): GrantUse[] =>
    decisions.flatMap(({ policy, verdict }) => (policy === principal.policy && verdict.allowed ? verdict.by : []));
  return { decisions, usedStatements, unused: (principal) => unusedGrants(principal.policy, usedStatements(principal)) };
}

function checked(policy: PolicyDocument): Map<string, Verdict> {
  refuseUnclear(policyProblems(policy));
  return new Map();
}

function refuseUnclear(problems: string[]): void {
  if (problems.length > 0) throw new Error(`the policy does not mean what it says: ${problems.join("; ")}`);
}

function unusedGrants(policy: PolicyDocument, used: GrantUse[]): string[] {
  return policy.Statement.flatMap((statement, index) => {
    const mine = used.filter((use) => use.statement === index);
    if (statement.Effect === "Deny") return [];
    const actions = statement.Action.filter((action) => !mine.some((use) => use.action === action));
    const resources = statement.Resource.filter((resource) => !mine.some((use) => use.resource === resource));
    const name = statement.Sid ?? index + 1;
    if (mine.length === 0) return [`statement ${name} is never used: ${statement.Action.join(", ")} on ${statement.Resource.join(", ")}`];
    return [
      ...actions.map((action) => `statement ${name} never needs the action ${action}`),
      ...resources.map((resource) => `statement ${name} never needs the resource ${resource}`),
    ];
  });
}
