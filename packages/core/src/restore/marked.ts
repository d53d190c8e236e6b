import type { FleetFacts } from "../fleet/facts.ts";
import { names } from "../topology/names.ts";
import type { RestoreRecord } from "./restore-record.ts";
import { volumeIn } from "./standing.ts";

/** What people see of a volume that is kept. */
export const keptName = (stage: string): string => `${names(stage).dataVolume}-kept`;

/** The volume in effect has the fleet's name alone, and all that are kept, as far as they are there, say so. */
export function isMarked({ id, volumeId, kept }: RestoreRecord, facts: Pick<FleetFacts, "restore" | "stage">): boolean {
  const { name, keptFor } = volumeIn(facts, volumeId) ?? {};
  const others = kept.flatMap((one) => volumeIn(facts, one) ?? []);
  return name === names(facts.stage).dataVolume && keptFor === null && others.every((one) => one.keptFor === id && one.name === keptName(facts.stage));
}
