import { MARK } from "@steward/core/retention/marks";
import type { Invariant } from "./invariant.ts";

export const consistencyTrue: Invariant = {
  id: "consistency-true",
  sentence: "No snapshot is called consistent for the application unless its volume stood still at its moment.",
  watch:
    () =>
    ({ world, deployed }) => {
      const called = [...world.ec2.snapshots.items.values()].filter(
        ({ tags }) => tags[MARK.stage] === deployed.topology.stage && tags[MARK.consistency] === "application",
      );
      return called
        .filter(({ appConsistent }) => !appConsistent)
        .map(({ id }) => `the snapshot ${id} is called consistent, and its volume did not stand still`);
    },
};
