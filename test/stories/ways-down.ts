import type { Stage } from "@steward/cli/simulation/stage";
import { drive } from "@steward/simulator/world/drive";

interface WayDown {
  down: (stage: Stage) => Promise<void>;
  back: (stage: Stage) => Promise<void>;
}

/** Events and schedules reach nobody, or whoever is reached dies at once. */
export const WAYS_DOWN: [string, WayDown][] = [
  ["no event and no schedule reaches a function", { down: (stage) => turnRules(stage, "DisableRule"), back: (stage) => turnRules(stage, "EnableRule") }],
  ["every function dies as it starts", { down: async (stage) => killFunctions(stage, true), back: async (stage) => killFunctions(stage, false) }],
];

export async function turnRules(stage: Stage, operation: "DisableRule" | "EnableRule"): Promise<void> {
  const { rules, schedules } = stage.deployed.topology;
  const { account, operator } = stage.world;
  for (const { name, bus } of [...rules, ...schedules.map(({ name }) => ({ name, bus: "default" }))])
    await drive(() => account.call(operator, "events", operation, { Name: name, EventBusName: bus }));
}

function killFunctions({ world }: Stage, dead: boolean): void {
  delete world.lambda.faults.killInvocation;
  if (dead) world.lambda.faults.killInvocation = () => 1;
}
