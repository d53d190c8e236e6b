import { describe } from "@steward/core/apply/apply";
import { RESTORE_GUARDS } from "@steward/core/apply/attend-restore";
import { type RunSubject, runName, subjectKey } from "@steward/core/apply/order";
import { requestIntent } from "@steward/core/apply/remediate";
import { invocation } from "@steward/core/approval/invocation";
import { planHash } from "@steward/core/approval/stored-plan";
import { statusOf } from "@steward/core/fleet/status";
import { approvalRequired } from "@steward/core/guards/approval-required";
import { GUARDS } from "@steward/core/guards/registry";
import { imagesReportOf } from "@steward/core/image/report";
import { type ProofView, proofView } from "@steward/core/proof/view";
import { reportOf } from "@steward/core/retention/report";
import { RUNBOOKS } from "@steward/core/runbooks/registry";
import { RUNBOOK_IDS, type RunbookId } from "@steward/core/runbooks/runbook";
import type { SnapshotPolicy } from "@steward/core/settings/schema";
import { z } from "zod";
import { planOf, proposal } from "./proposing.ts";
import type { Runtime } from "./runtime.ts";
import { halfAView } from "./see-fleet.ts";
import { handle } from "./stack.ts";

const RunbookName = z.enum(RUNBOOK_IDS);
const Input = z.record(z.string(), z.unknown());

const Request = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("list") }),
  z.strictObject({ mode: z.literal("status") }),
  z.strictObject({ mode: z.literal("snapshots") }),
  z.strictObject({ mode: z.literal("images") }),
  z.strictObject({ mode: z.literal("plan"), runbook: RunbookName, input: Input }),
  z.strictObject({ mode: z.literal("run"), runbook: RunbookName, input: Input, reason: z.string().min(3), id: z.string().regex(/^[a-z0-9-]{1,24}$/) }),
]);
type Request = z.infer<typeof Request>;
const MODES = ["list", "status", "snapshots", "images", "plan", "run"] satisfies Request["mode"][];
type Planned = Extract<Request, { mode: "plan" }>;
type Ran = Extract<Request, { mode: "run" }>;

type ByHand = Runtime<"deadLetter" | "ledger" | "now" | "observer" | "ownImages" | "runs" | "snapshots">;

/** What a person invokes by hand. A wrong request is answered with what is allowed; nothing is changed then. */
export const runbook = (runtime: ByHand) =>
  handle(runtime, "runbook", async (event) => {
    const parsed = Request.safeParse(event);
    if (!parsed.success) return { error: z.prettifyError(parsed.error), modes: MODES, runbooks: RUNBOOK_IDS };
    const request = parsed.data;
    if (request.mode === "list")
      return {
        runbooks: Object.values(RUNBOOKS).map(({ id, summary, impact, changes, propose }) => ({
          id,
          summary,
          impact,
          changes,
          ...(propose && { approval: true }),
        })),
      };
    if (request.mode === "status") return await status(runtime);
    if (request.mode === "snapshots") return await snapshots(runtime);
    if (request.mode === "images") return await images(runtime);
    const input = RUNBOOKS[request.runbook].input.safeParse(request.input);
    if (!input.success) return { error: `${request.runbook}: ${z.prettifyError(input.error)}` };
    if (RUNBOOKS[request.runbook].propose) return await proposed(runtime, request);
    return request.mode === "plan" ? await plan(runtime, request) : await run(runtime, request);
  });

/** What can't be read of proofs is said, like everything else that can't. */
async function status({ world, policy }: ByHand) {
  const facts = await world.observer.facts({ probe: "front", builds: true });
  const { proof, unread } = await proofs(world.ledger, policy.keeping.snapshots).then(
    (seen) => ({ proof: seen, unread: [] }),
    (error: Error) => ({ proof: null, unread: [{ what: "the proof of a restore", because: error.message }] }),
  );
  return statusOf({ ...facts, unread: [...facts.unread, ...unread] }, policy, proof);
}

/** By the ledger alone; null where no volume is kept snapshots of. */
const proofs = async (ledger: ByHand["world"]["ledger"], kept: SnapshotPolicy | null): Promise<ProofView | null> =>
  kept && proofView((await ledger.drill()) ?? null, kept.proof.everyDays);

/** What would become of each snapshot now, and why; deletes nothing. Half a view is no plan. */
async function snapshots({ world, policy, stage }: ByHand) {
  if (!policy.keeping.snapshots) return { error: `${stage} has no data volume, so it has no snapshots: a pair keeps its data in the database and the bucket` };
  const fleet = await world.observer.facts({ probe: "nobody", builds: false });
  const unseen = halfAView(fleet);
  if (unseen) return { error: unseen };
  const facts = await world.snapshots.facts(fleet.dataVolume?.id ?? null);
  return { ...reportOf(facts, policy.keeping.snapshots, facts.at), proof: await proofs(world.ledger, policy.keeping.snapshots) };
}

/** What would become of each image now, and why; changes none. */
async function images({ world, policy }: ByHand) {
  const facts = await world.ownImages.facts();
  return imagesReportOf(facts, policy.keeping.images, facts.at);
}

/** What would be done and what would stop it; calls nothing that changes anything. */
async function plan({ world, policy }: ByHand, { runbook: id, input }: Planned) {
  const facts = await world.observer.facts({ probe: "front", builds: true, images: id === "prune-images", drill: id === "prove-restore" });
  const steps = RUNBOOKS[id].plan(input as never, facts, policy);
  const intent = requestIntent({ runbook: id, input }, null);
  const objections = GUARDS.flatMap((guard) => guard(facts, intent, policy, facts.at) ?? []);
  return {
    runbook: id,
    impact: RUNBOOKS[id].impact,
    steps: steps.steps.map((step) => `${describe(step)}: ${step.because}`),
    otherwise: steps.otherwise.map(describe),
    wouldRefuse: objections,
  };
}

/** What a person would approve; asked to run, the plan is stored and waits for that, and nothing is started. */
async function proposed(runtime: ByHand, request: Planned | Ran) {
  const { runbook: id } = request;
  const { fleet, proposal: made } = await proposal(runtime, request);
  if (typeof made === "string") return { error: `${id}: ${made}` };
  const { impact } = RUNBOOKS[id];
  const hash = planHash(id, made);
  const intent = requestIntent({ runbook: id, input: made.input }, null);
  const wouldRefuse = RESTORE_GUARDS.filter((guard) => guard !== approvalRequired).flatMap((guard) => guard(fleet, intent, runtime.policy, fleet.at) ?? []);
  const shown = { runbook: id, impact, input: made.input, restsOn: made.restsOn, words: made.words, wouldRefuse };
  if (request.mode === "plan") return { hash, ...shown };
  const plan = planOf(made, { runbook: id, reason: request.reason, fleet });
  await runtime.world.ledger.putPlan({ ...plan, words: made.words });
  const approveWith = invocation(runtime.stage, "approve", { hash, reason: "<why>", by: "<who>" });
  return { waitsFor: hash, approveBefore: plan.expiresAt, approveWith, plan: shown };
}

/** Starts the run; the caller's id makes a repeated request the same run. */
async function run({ world, stage }: ByHand, { runbook: name, input, reason, id }: Ran) {
  const subject: Extract<RunSubject, { kind: "request" }> = { kind: "request", id, runbook: name satisfies RunbookId, input, because: reason };
  const order = { name: runName(stage, subject, 0), subject };
  const execution = await world.runs.start(order.name, order);
  if (execution === null) return { error: `nothing was started: the id ${id} was used before, for another request; choose another id` };
  await world.ledger.runBegan({ name: order.name, subject: subjectKey(subject), execution, startedAt: world.now(), endedAt: null, outcome: null });
  return { started: order.name, execution };
}
