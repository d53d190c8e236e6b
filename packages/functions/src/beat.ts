import { Retryable } from "@steward/core/errors";
import { type DutyName, dutyAges } from "@steward/core/survey/duties";
import type { Runtime } from "./runtime.ts";

/**
 * Says that Steward lives, once all is done that was found to do: in the ledger, where nodes look for it, and as the age of
 * every duty, where alarms do. Not being able to say so fails the invocation, and nothing else.
 */
export async function beat({ world }: Pick<Runtime<"heartbeat" | "metrics" | "now">, "world">, duty: DutyName, at: Date): Promise<void> {
  try {
    await world.heartbeat.beat(duty, at);
    await world.metrics.publishAges(dutyAges(await world.heartbeat.successes(), world.now()));
  } catch (error) {
    throw new Retryable(`${duty}: all is done, but nobody could be told so`, { cause: error });
  }
}
