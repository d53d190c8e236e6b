import { REMOVAL, whatStays } from "./removal.ts";
import type { Topology } from "./topology.ts";

/** What becomes of a stage when it is removed, in words, and the commands that remove it. */
export interface RemovalOutline {
  goes: string[];
  /** AWS keeps it, the deploy forgets it. */
  stays: string[];
  /** Stays too, and every deploy refuses to delete or replace it while the stage is protected. */
  protected: string[];
  /** Two steps on purpose, each naming the stage: the first lifts the protection and changes nothing else. */
  commands: string[];
}

/** What stays costs money and keeps its name. */
export function removalOutline(topology: Topology): RemovalOutline {
  const kept = whatStays(topology);
  const all = Object.entries(REMOVAL);
  const keptAs = (fate: "stays" | "protected") => all.flatMap(([, removal]) => (removal.fate === fate && kept.includes(removal.words) ? [removal.words] : []));
  const { stage, balancer } = topology;
  return {
    goes: all.flatMap(([kind, { fate, words }]) => (fate === "goes" && (kind !== "balancer" || balancer) ? [words] : [])),
    stays: keptAs("stays"),
    protected: keptAs("protected"),
    commands: ["deploy", "remove"].map((verb) => `STEWARD_ALLOW_REMOVE=${stage} npx sst ${verb} --stage ${stage}`),
  };
}
