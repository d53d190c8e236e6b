import type { TopologyKind } from "@steward/core/topology/topology";
import { playOf } from "../scenarios/registry.ts";
import { type ScenarioId, startsEmpty } from "../scenarios/summaries.ts";
import { resultOf, type SimulationResult } from "./result.ts";
import { settingsFor } from "./settings.ts";
import { Stage, type Teller } from "./stage.ts";

export interface SimulationRequest {
  topology: TopologyKind;
  scenario: ScenarioId;
  seed: number;
}

/** A teller that also opens and ends the story. */
export interface Narrator extends Teller {
  begin?: (stage: Stage, request: SimulationRequest) => void;
  end?: (stage: Stage, result: SimulationResult) => void;
}

/** Plays one scenario from an empty account to its end. Same request, same result, to the byte. */
export async function simulate(request: SimulationRequest, narrator: Narrator = {}): Promise<SimulationResult> {
  const { topology, scenario, seed } = request;
  const stage = await Stage.open(seed, { topology, settings: settingsFor(scenario, topology), teller: narrator, empty: startsEmpty(scenario) });
  narrator.begin?.(stage, request);
  await playOf(scenario, topology)(stage);
  const result = resultOf(stage, request);
  narrator.end?.(stage, result);
  return result;
}
