import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { before } from "@steward/core/apply/duration";
import { RunOrder, subjectKey } from "@steward/core/apply/order";
import type { World } from "@steward/core/apply/ports";
import { remediate as applyOrder } from "@steward/core/apply/remediate";
import { durableRun } from "./durable-run.ts";
import type { DurableRuntime } from "./durable-runtime.ts";

type Working = DurableRuntime<keyof World>;

/**
 * Applies one run. Durable: it survives being killed anywhere. It has a small stack of its own, because middleware would
 * run again at every replay; its log lines go through the durable logger, which is silent while replaying.
 */
export const remediate = (runtime: Working) =>
  withDurableExecution((event: unknown, context: DurableContext) => work(runtime, RunOrder.parse(event), context), { durableExecutionClient: runtime.durable });

async function work({ world, policy, logger }: Working, order: RunOrder, context: DurableContext): Promise<{ end: string }> {
  const execution = context.executionContext.durableExecutionArn;
  const builds = order.subject.kind === "first-deploy" || (order.subject.kind === "request" && order.subject.runbook === "first-deploy");
  const images = "runbook" in order.subject && order.subject.runbook === "prune-images";
  const errand = { run: durableRun(context), world, policy, name: order.name, execution, builds, images };
  context.configureLogger({ customLogger: logger });
  context.logger.info("run begins", { run: order.name, subject: order.subject.kind });
  const end = await applyOrder(errand, order).catch(async (error: unknown) => {
    const failed = { name: order.name, subject: subjectKey(order.subject), execution, outcome: "failed" };
    await context.step("failed", async () => {
      await endAttempts(world, order.name, error);
      await world.ledger.runEnded({ ...failed, startedAt: world.now(), endedAt: world.now() });
    });
    throw error;
  });
  context.logger.info("run ends", { run: order.name, end });
  return { end };
}

/** What the run was at when it broke off has failed, and counts as that. */
async function endAttempts({ ledger, now }: Pick<World, "ledger" | "now">, run: string, error: unknown): Promise<void> {
  const because = `the run broke off: ${error instanceof Error ? error.message : String(error)}`;
  const open = (await ledger.attempts(before(now(), { days: 1 }))).filter((attempt) => attempt.run === run && attempt.outcome === "running");
  for (const attempt of open) await ledger.putAttempt({ ...attempt, endedAt: now(), outcome: "failed", because });
}
