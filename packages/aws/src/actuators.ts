import type { Ledger } from "@steward/core/apply/ports";
import { Retryable } from "@steward/core/errors";
import type { Actuators, Change, StepContext, StepOf } from "@steward/core/runbooks/steps";
import type { AutoScaling } from "./auto-scaling.ts";
import type { Nodes } from "./nodes.ts";

export interface ActuatorsConfig {
  autoScaling: AutoScaling;
  nodes: Nodes;
  ledger: Pick<Ledger, "rememberLineage">;
  now: () => Date;
}

/** Each possible change, done; safe to repeat. A step that comes after its `notAfter` is `Retryable`, and nothing happens. */
export function createActuators({ autoScaling, nodes, ledger, now }: ActuatorsConfig): Actuators {
  return {
    "restart-service": inTime(now, ({ instanceId }, context) => nodes.command([instanceId], "restart", context)),
    converge: inTime(now, ({ instanceId }, context) => nodes.command([instanceId], "converge", context)),
    drain: inTime(now, ({ instanceId }, context) => nodes.command([instanceId], "drain", context)),
    isolate: inTime(now, (step) => autoScaling.enterStandby(step)),
    "set-desired-capacity": inTime(now, ({ desired }) => autoScaling.setDesiredCapacity(desired)),
    "remember-lineage": inTime(now, ({ instanceId, ancestor }) => ledger.rememberLineage(instanceId, ancestor)),
    "complete-lifecycle": inTime(now, (step) => autoScaling.completeLifecycle(step)),
    retire: inTime(now, ({ instanceId }) => autoScaling.terminate(instanceId)),
  };
}

/** AWS knows no fencing token here, so the last look at the clock is right before the effect. */
const inTime =
  <K extends Change>(now: () => Date, act: (step: StepOf<K>, context: StepContext) => Promise<void>) =>
  async (step: StepOf<K>, context: StepContext): Promise<void> => {
    if (now() > context.notAfter) throw new Retryable(`too late to ${step.do}: it should have begun by ${context.notAfter.toISOString()}`);
    await act(step, context);
  };
