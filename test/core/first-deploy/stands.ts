import type { StageId } from "@steward/core/first-deploy/facts";
import { stagesOf } from "@steward/core/first-deploy/progress";
import { act, type Founding, type Stage, type Standing } from "@steward/core/first-deploy/stages";
import type { Step } from "@steward/core/runbooks/steps";
import { expect } from "vitest";
import { before, policyFor } from "./founding.ts";

export const stageOf = (id: StageId): Stage => {
  const stages = [...stagesOf({ topology: "ha" }), ...stagesOf({ topology: "single" })];
  return stages.find((stage) => stage.id === id) ?? expect.fail(`there is no stage ${id}`);
};

/** How a stage stands when all before it are over, but for this. */
export function stands(id: StageId, change: (facts: Founding) => Founding = (facts) => facts): Standing {
  const stage = stageOf(id);
  const kind = stage.topologies.includes("ha") ? "ha" : "single";
  return stage.stand(change(before(kind, id)), policyFor(kind));
}

/** Something is to be done, whatever the reason of each step. */
export const due = (because: string, ...steps: Step[]) => act(because, ...steps.map((step) => ({ ...step, because: expect.any(String) })));
