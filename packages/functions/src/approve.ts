import { before } from "@steward/core/apply/duration";
import { type RunSubject, runName, subjectKey } from "@steward/core/apply/order";
import { mayApprove, whatChanged } from "@steward/core/approval/judge";
import { planHash, type StoredPlan } from "@steward/core/approval/stored-plan";
import type { RunRecord } from "@steward/core/incidents/run-record";
import { requestOf } from "@steward/core/restore/survey";
import { z } from "zod";
import { proposal } from "./proposing.ts";
import type { Runtime } from "./runtime.ts";
import { handle } from "./stack.ts";

const Request = z.strictObject({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Why it is approved, and by whom: both go on record. */
  reason: z.string().min(3),
  by: z.string().min(2).max(100),
});
type Request = z.infer<typeof Request>;

type Approving = Runtime<"deadLetter" | "ledger" | "now" | "observer" | "runs" | "snapshots">;
type Approved = NonNullable<StoredPlan["approved"]>;

/** Plans that may still be on their way. */
const REMEMBERED = { days: 7 };

/** A person's word on a plan that waits: it is planned again, and only what was shown is started. Nothing else is changed. */
export const approve = (runtime: Approving) =>
  handle(runtime, "approve", async (event) => {
    const parsed = Request.safeParse(event);
    if (!parsed.success) return { error: z.prettifyError(parsed.error) };
    const { ledger, now } = runtime.world;
    const at = now();
    const plans = await ledger.plans(before(at, REMEMBERED));
    const runs = await ledger.runs(before(at, REMEMBERED));
    const verdict = mayApprove(
      plans.findLast(({ hash }) => hash === parsed.data.hash),
      runs,
      at,
    );
    if (verdict.kind === "no") return { error: verdict.because };
    return verdict.kind === "again" ? await started(runtime, verdict.plan) : await first(runtime, verdict.plan, { ...parsed.data, at, runs });
  });

/** The facts may have turned since the plan was made: then nobody has approved what would be done. */
async function first(runtime: Approving, plan: StoredPlan, { by, reason, at, runs }: Request & { at: Date; runs: readonly RunRecord[] }) {
  const { proposal: fresh } = await proposal(runtime, { runbook: plan.runbook, input: plan.input });
  if (typeof fresh === "string" || planHash(plan.runbook, fresh) !== plan.hash)
    return { error: "it is not any more as the plan has it: ask for the runbook again", changed: whatChanged(plan, fresh) };
  const subject = subjectOf(plan, reason);
  const run = runName(runtime.stage, subject, runs.filter((one) => one.subject === subjectKey(subject) && one.endedAt !== null).length);
  const approved = { at, by, reason, run };
  if (!(await runtime.world.ledger.approvePlan({ ...plan, approved })))
    return { error: "somebody else approved it right now: approve it again to learn of its run" };
  return await started(runtime, { ...plan, approved });
}

const subjectOf = ({ hash, runbook, input }: StoredPlan, because: string): Extract<RunSubject, { kind: "request" }> => ({
  kind: "request",
  id: requestOf(hash),
  runbook,
  input: { ...input, approved: hash },
  because,
});

/** The run is named by the plan, so that a repeated approval is the same run. */
async function started({ world }: Approving, plan: StoredPlan) {
  const { at, by, reason, run } = plan.approved as Approved;
  const subject = subjectOf(plan, reason);
  const execution = await world.runs.start(run, { name: run, subject });
  await world.ledger.runBegan({ name: run, subject: subjectKey(subject), execution, startedAt: at, endedAt: null, outcome: null });
  return { started: run, execution, approvedBy: by, approvedAt: at };
}
