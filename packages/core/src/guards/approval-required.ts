import { RUNBOOKS } from "../runbooks/registry.ts";
import type { Guard } from "./guard.ts";

/** What a person has to approve begins with a plan that lies approved on the ledger, and is not too old; who started the run does not matter. */
export const approvalRequired: Guard = ({ approvals }, { runbook, approval, resumes }, _policy, now) => {
  if (!RUNBOOKS[runbook].propose) return undefined;
  const plan = approvals.findLast((one) => one.hash === approval && one.runbook === runbook && one.approved !== null);
  const refuse = (because: string) => ({ verdict: "refuse", guard: "approval-required", because }) as const;
  if (!plan) return refuse(`${runbook} does nothing that no person has approved: ask for it by the function runbook, which stores its plan`);
  // Once begun it goes on: what was approved was the whole of it.
  return resumes || plan.expiresAt > now ? undefined : refuse(`the approval of ${runbook} held until ${plan.expiresAt.toISOString()}, and it has not begun`);
};
