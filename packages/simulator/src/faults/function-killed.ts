import { between, chance } from "../world/chance.ts";
import type { Fault } from "./fault.ts";

/** Lambda may take an execution environment away at any time; a durable execution goes on from its last checkpoint. */
export const functionKilled: Fault = {
  id: "function-killed",
  summary: "A part of the functions' execution environments dies in the middle of its work.",
  inject: (world, { functions, share = 0.2 } = {}) => {
    const hit = (name: string): boolean => (functions?.includes(name) ?? true) && chance() < share;
    world.lambda.faults.killAround = ({ execution }) => {
      if (!hit(functionOf(execution))) return undefined;
      return chance() < 0.5 ? "before" : "after";
    };
    world.lambda.faults.killInvocation = ({ functionName }) => (hit(functionName) ? between(1, 2_000) : undefined);
  },
  clear: (world) => {
    delete world.lambda.faults.killAround;
    delete world.lambda.faults.killInvocation;
  },
};

/** `arn:aws:lambda:<region>:<account>:function:<name>:<version>/durable-execution/…`. */
const functionOf = (executionArn: string): string => executionArn.split(":")[6] ?? "";
