import { Retryable } from "@steward/core/errors";
import { SWEEP } from "@steward/core/fleet/heartbeat";
import { dutyAges } from "@steward/core/survey/duties";
import type { Runtime } from "./runtime.ts";

/**
 * Says that Steward lives, once a sweep has done all that it found to do: in the ledger, where nodes look for it, and as
 * the age of every duty, where alarms do. Not being able to say so fails the invocation, and nothing else.
 */
export async function beat({ world }: Pick<Runtime, "world">, sweptAt: Date): Promise<void> {
  try {
    await world.heartbeat.beat(SWEEP, sweptAt);
    await world.metrics.publishAges(dutyAges(await world.heartbeat.successes(), world.now()));
  } catch (error) {
    throw new Retryable("the sweep did its duties, but could not say so", { cause: error });
  }
}
