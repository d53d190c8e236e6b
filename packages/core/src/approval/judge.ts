import type { RunRecord } from "../incidents/run-record.ts";
import type { Proposal, StoredPlan } from "./stored-plan.ts";

/** Whether a plan may be approved: for the first time, again as long as its run goes on, or not, and why. */
export type Verdict = { kind: "first" | "again"; plan: StoredPlan } | { kind: "no"; because: string };

/** An approval that is repeated is the same run; one that comes too late, or after its run, is none. Same facts, same answer. */
export function mayApprove(plan: StoredPlan | undefined, runs: readonly RunRecord[], now: Date): Verdict {
  if (!plan) return { kind: "no", because: "no plan with this hash waits for an approval: ask for the runbook, which stores its plan" };
  const { approved, expiresAt } = plan;
  if (!approved)
    return expiresAt > now
      ? { kind: "first", plan }
      : { kind: "no", because: `the plan had to be approved before ${expiresAt.toISOString()}: ask for the runbook again` };
  const run = runs.find(({ name }) => name === approved.run);
  if (!run?.endedAt) return { kind: "again", plan };
  const how = `${approved.by} approved the plan at ${approved.at.toISOString()}`;
  return { kind: "no", because: `${how}, and its run ${approved.run} has ended (${run.outcome}): ask for the runbook again` };
}

/** What is not any more as the plan has it, in words; empty where it would be made in the same way now. */
export function whatChanged({ input, restsOn }: Pick<StoredPlan, "input" | "restsOn">, fresh: Omit<Proposal, "words"> | string): string[] {
  if (typeof fresh === "string") return [`nothing can be done any more: ${fresh}`];
  const [was, is] = [
    { ...restsOn, ...input },
    { ...fresh.restsOn, ...fresh.input },
  ];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].toSorted();
  return names.filter((name) => was[name] !== is[name]).map((name) => `${name} was ${was[name] ?? "nothing"}, and is ${is[name] ?? "nothing"}`);
}
