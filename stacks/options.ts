import { type DeployedKind, REMOVAL } from "@steward/core/topology/removal";

/** What a deploy may do to a thing of this kind once it exists. `protect` also refuses its replacement, until the stage's protection is lifted. */
export function optionsOf(kind: DeployedKind): { retainOnDelete: boolean; protect: boolean } {
  const { fate } = REMOVAL[kind];
  return { retainOnDelete: fate !== "goes", protect: fate === "protected" && $app.protect };
}
