import { DRILL_TAG } from "@steward/core/proof/drill-record";
import type { Instance } from "../services/ec2/instance.ts";
import type { Volume } from "../services/ec2/volumes.ts";
import type { Moment } from "./invariant.ts";

/** Whether something was made by a restore drill of the stage, by its tag. */
export const isOfDrill = ({ deployed }: Pick<Moment, "deployed">, tags: Record<string, string>): boolean => tags[DRILL_TAG.stage] === deployed.topology.stage;

/** Machines of restore drills that still cost money. */
export const drillMachines = (moment: Moment): Instance[] =>
  [...moment.world.ec2.instances.values()].filter(({ tags, state }) => isOfDrill(moment, tags) && state !== "shutting-down" && state !== "terminated");

/** Their volumes, those that they boot from too. */
export const drillVolumes = (moment: Moment): Volume[] => [...moment.world.ec2.volumes.values()].filter(({ tags }) => isOfDrill(moment, tags));
