import { secondsUntil } from "@steward/core/apply/duration";
import type { Incident } from "@steward/core/incidents/incident";
import { fault } from "@steward/simulator/faults/registry";
import type { Stage } from "../simulation/stage.ts";

/** Plays one story on a stage: what goes wrong, when, and (by `stage.expect`) how it must end. */
export type Play = (stage: Stage) => Promise<void>;

/** Injects a fault of the simulator's menu, by name. */
export const goesWrong = (stage: Stage, id: string, target?: Parameters<ReturnType<typeof fault>["inject"]>[1]): void =>
  stage.fault(id, (world) => fault(id).inject(world, target));

export const ends = (stage: Stage, id: string): void => stage.clear(id, (world) => fault(id).clear?.(world));

export const isHandled = (incident: Incident): boolean => incident.state === "resolved";

/** Lets the sweep come by first, so that it is the events that tell of what goes wrong next. */
export const justAfterSweep = (stage: Stage): Promise<void> => stage.run({ seconds: secondsUntil(new Date(), stage.nextSweep) + 5 });

/** As many nodes serve as are declared. */
export const allServe = (stage: Stage): boolean => stage.serving.length === stage.deployed.topology.group.serving.desired;

/** All nodes serve, nothing is open or running any more, and people know. */
export const isWell = (stage: Stage): boolean => {
  const { incidents } = stage.chronicle;
  return allServe(stage) && incidents.length > 0 && incidents.every(isHandled) && stage.nothingRuns && stage.announcements.length >= 2 * incidents.length;
};

/** What every story about one sick node must end in. */
export function expectReplaced(stage: Stage, sick: string): void {
  const { incidents, attempts } = stage.chronicle;
  stage.expect("one incident was opened, and it is resolved", incidents.length === 1 && incidents.every(isHandled));
  stage.expect("the node was replaced once", attempts.filter(({ runbook, outcome }) => runbook === "replace-node" && outcome === "done").length === 1);
  stage.expect("two nodes serve, the sick one is not among them", stage.serving.length === 2 && !stage.serving.includes(sick));
  stage.expect("people got one opening and one recovery message", stage.announcements.length === 2);
}
