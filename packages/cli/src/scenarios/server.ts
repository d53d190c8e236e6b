import { secondsUntil } from "@steward/core/apply/duration";
import { admitAll } from "@steward/simulator/deploy/admit";
import { apiOf, patient } from "@steward/simulator/deploy/api";
import { drive } from "@steward/simulator/world/drive";
import type { Stage } from "../simulation/stage.ts";

/** The only server of a stage. */
export const theServer = (stage: Stage): string => stage.serving[0] ?? "";

const operatorOf = ({ world }: Stage) => patient(apiOf(world.account, world.operator));
export const byHand = <T>(stage: Stage, work: (operator: ReturnType<typeof operatorOf>) => Promise<T>): Promise<T> => drive(() => work(operatorOf(stage)));

/** Where the data volume and the address are: an instance id, or undefined when they are free; `volume` is null once there is none. */
export function belongings({ world: { ec2 }, deployed: { named } }: Stage): { volume: string | undefined | null; address: string | undefined } {
  const volume = ec2.volumes.get(named.dataVolume ?? "");
  return { volume: volume ? volume.attachment?.instanceId : null, address: ec2.addresses.get(named.address ?? "")?.association?.instanceId };
}

/** Instances that the group ever launched, as its activities tell, which outlast EC2's memory of an instance. */
export const launched = ({ world, deployed }: Stage): string[] =>
  (world.autoscaling.groups.get(deployed.topology.group.name)?.activities ?? []).flatMap(
    ({ description }) => /^Launching a new EC2 instance: (i-\w+)/.exec(description)?.[1] ?? [],
  );

/** A human was told once that Steward does not go on, and the guard has said why. */
export function expectPaged(stage: Stage, guard = "server-volume"): void {
  const open = stage.chronicle.incidents.filter(({ state }) => state === "paged");
  stage.expect("one incident is open, and a human was paged", open.length === 1);
  stage.expect(
    `the guard ${guard} spoke`,
    open.some(({ refusals }) => refusals.some((refusal) => refusal.guard === guard)),
  );
  stage.expect("the page came once", stage.announcements.filter(({ subject }) => subject?.includes("Steward needs you")).length === 1);
}

/** The human's part: ends what is left of the old server, gives volume and address to the one that the group launches instead, and lets it in. */
export async function bringNewServer(stage: Stage, old: string): Promise<void> {
  const { deployed, world } = stage;
  const launchedSoFar = launched(stage);
  await byHand(stage, (operator) => operator("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: old, ShouldDecrementDesiredCapacity: false }));
  const isFresh = () => stage.nodes.some(({ instanceId, lifecycle }) => lifecycle === "Pending:Wait" && !launchedSoFar.includes(instanceId));
  await stage.waitFor(() => isFresh() && belongings(stage).volume === undefined, { minutes: 30 });
  const admission = { over: false };
  const work = admitAll(world.account, operatorOf(stage), deployed.topology, { named: deployed.named }).finally(() => {
    admission.over = true;
  });
  await stage.waitFor(() => admission.over, { minutes: 20 });
  await drive(() => work);
}

/** Until Steward has swept twice, which is when it has verified and closed what is over. */
export const twoSweeps = (stage: Stage): Promise<void> => stage.run({ seconds: secondsUntil(new Date(), stage.nextSweep) + 600 });
