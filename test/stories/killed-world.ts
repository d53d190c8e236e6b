import { goesWrong, isWell, justAfterSweep } from "@steward/cli/scenarios/scenario";
import { Stage } from "@steward/cli/simulation/stage";
import type { SimulatedAccount } from "@steward/simulator/simulated-account";
import { advance } from "@steward/simulator/world/drive";
import { expect, vi } from "vitest";

vi.stubEnv("POWERTOOLS_LOG_LEVEL", "SILENT");

/** Every story about a hung node ends like this, whoever was killed on the way: a restart does not help it, a new node does. */
const WELL = {
  serving: 2,
  sick: "terminated",
  orphans: [],
  desired: 2,
  launched: 3,
  incidents: ["node-sick resolved, nobody paged"],
  attempts: ["restart-service failed", "replace-node done", "admit-node done", "retire-node done"],
  runs: ["incident resolved", "admission done", "retirement done"],
  leases: [],
  violated: [],
};

/**
 * Lets one node hang in a world of its own, waits until all is well, and five minutes longer: what is done or said once
 * too often comes late. `arm` sets the kills right before the fault.
 */
export async function nodeHangs(seed: number, arm: (world: SimulatedAccount) => void): Promise<Stage> {
  const stage = await Stage.open(seed);
  await justAfterSweep(stage);
  arm(stage.world);
  const [sick = ""] = stage.serving;
  goesWrong(stage, "hang", { instanceId: sick });
  for (let waited = 0; waited < 240 && !isWell(stage); waited++) await advance(15_000);
  await advance(300_000);
  return stage;
}

/** Fails unless all is well; people must have heard exactly these messages. */
export function expectWell(stage: Stage, messages: readonly string[] = ["Steward is on it", "Recovered"]): void {
  expect({ ...endingOf(stage), messages: messagesOf(stage) }).toEqual({ ...WELL, messages });
}

/** What Steward itself said; CloudWatch may add that a function which is killed again and again fails. Subjects without the stage and without what they are about. */
export const messagesOf = ({ announcements }: Stage): string[] => announcements.map(({ subject = "" }) => /\] ([^:]+):/.exec(subject)?.[1] ?? subject);

function endingOf(stage: Stage) {
  const { world, deployed, chronicle, serving, invariants } = stage;
  const { name } = deployed.topology.group;
  const group = world.autoscaling.groups.get(name);
  const ours = [...world.ec2.instances.values()].filter(({ tags }) => tags["aws:autoscaling:groupName"] === name);
  return {
    serving: serving.length,
    sick: ours.find(({ instanceId }) => instanceId === chronicle.incidents[0]?.resource)?.state,
    orphans: ours.filter(({ instanceId, state }) => state === "running" && !group?.members.has(instanceId)).map(({ instanceId }) => instanceId),
    desired: group?.desired,
    launched: ours.length,
    incidents: chronicle.incidents.map(({ kind, state, paged }) => `${kind} ${state}, ${paged ? "somebody" : "nobody"} paged`),
    attempts: chronicle.attempts.map(({ runbook, outcome }) => `${runbook} ${outcome}`),
    runs: chronicle.runs.map(({ subject, outcome }) => `${subject.split("-")[0]} ${outcome}`),
    leases: leasesOf(stage),
    violated: invariants.violations.map(({ invariant, what }) => `${invariant}: ${what}`),
  };
}

/** Scopes of the leases that somebody still holds. */
const leasesOf = ({ world, deployed }: Stage): string[] =>
  world.dynamodb
    .items(deployed.topology.table.name)
    .filter(({ pk, execution }) => pk?.S === "LEASE" && execution?.S !== undefined)
    .map(({ sk }) => sk?.S ?? "");
