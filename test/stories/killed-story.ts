import { goesWrong, isWell, justAfterSweep } from "@steward/cli/scenarios/scenario";
import { Stage } from "@steward/cli/simulation/stage";
import type { SimulatedAccount } from "@steward/simulator/simulated-account";
import { advance } from "@steward/simulator/world/drive";

/** The runs that the story of a hung node consists of, in the order in which they begin. */
export type RunKind = "incident" | "admission" | "retirement";

/** The environment dies right before or right after this checkpoint of that run is stored, counted from 0, once. */
export interface Kill {
  run: RunKind;
  index: number;
  when: "before" | "after";
}

/** How the story ends; nothing in it may depend on where somebody was killed. */
export const WELL = {
  serving: 2,
  sickServes: false,
  orphans: [],
  desired: 2,
  launched: 3,
  incidents: ["node-sick resolved, nobody paged"],
  attempts: ["restart-service done", "replace-node done", "admit-node done", "retire-node done"],
  runs: ["incident resolved", "admission done", "retirement done"],
  leases: [],
  messages: ["Steward is on it", "Recovered"],
  violated: [],
};

/** Lets one node hang in a world of its own; a kill is not looked for before the fault, so that all worlds are one until then. */
export async function nodeHangs(seed: number, arm: (world: SimulatedAccount) => void): Promise<Stage> {
  const stage = await Stage.open(seed);
  await justAfterSweep(stage);
  arm(stage.world);
  const [sick = ""] = stage.serving;
  goesWrong(stage, "hang", { instanceId: sick });
  for (let waited = 0; waited < 60 && !isWell(stage); waited++) await advance(60_000);
  return stage;
}

/** Plays the story with one kill in it; says whether it really came to it. */
export async function playKilled(seed: number, kill: Kill): Promise<{ killed: boolean; ending: typeof WELL }> {
  let killed = false;
  const stage = await nodeHangs(seed, ({ lambda }) => {
    lambda.faults.killAround = ({ execution, index }) => {
      if (killed || index !== kill.index || runKindOf(execution) !== kill.run) return undefined;
      killed = true;
      return kill.when;
    };
  });
  return { killed, ending: endingOf(stage) };
}

/** How many checkpoints each run makes when nobody is killed: its first kill can be at any of them. */
export async function countCheckpoints(seed: number): Promise<Record<RunKind, number>> {
  const counts: Record<RunKind, number> = { incident: 0, admission: 0, retirement: 0 };
  await nodeHangs(seed, ({ lambda }) => {
    lambda.faults.killAround = ({ execution, index }) => {
      counts[runKindOf(execution)] = index + 1;
      return undefined;
    };
  });
  return counts;
}

/** The ARN ends in `/<stage>-<kind>-…/<id>`. */
const runKindOf = (execution: string): RunKind => execution.split("/").at(-2)?.split("-")[1] as RunKind;

/** The world as it stands, in the words of `WELL`. */
export function endingOf(stage: Stage) {
  const { world, deployed, chronicle, serving, invariants } = stage;
  const group = world.autoscaling.groups.get(deployed.topology.group.name);
  const sick = chronicle.incidents[0]?.resource ?? "";
  const ours = [...world.ec2.instances.values()].filter(({ tags }) => tags["aws:autoscaling:groupName"] === deployed.topology.group.name);
  return {
    serving: serving.length,
    sickServes: serving.includes(sick) || ours.some(({ instanceId, state }) => instanceId === sick && state === "running"),
    orphans: ours.filter(({ instanceId, state }) => state === "running" && !group?.members.has(instanceId)).map(({ instanceId }) => instanceId),
    desired: group?.desired,
    launched: ours.length,
    incidents: chronicle.incidents.map(({ kind, state, paged }) => `${kind} ${state}, ${paged ? "somebody" : "nobody"} paged`),
    attempts: chronicle.attempts.map(({ runbook, outcome }) => `${runbook} ${outcome}`),
    runs: chronicle.runs.map(({ subject, outcome }) => `${subject.split("-")[0]} ${outcome}`),
    leases: heldLeases(stage),
    messages: stage.messages.map(({ subject = "" }) => /\] ([^:]+):/.exec(subject)?.[1] ?? subject),
    violated: invariants.violations.map(({ invariant, what }) => `${invariant}: ${what}`),
  } as typeof WELL;
}

const heldLeases = ({ world, deployed }: Stage): string[] =>
  world.dynamodb
    .items(deployed.topology.table)
    .filter(({ pk, execution }) => pk?.S === "LEASE" && execution?.S !== undefined)
    .map(({ sk }) => sk?.S ?? "");
