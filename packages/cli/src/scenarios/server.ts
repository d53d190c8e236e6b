import { secondsUntil } from "@steward/core/apply/duration";
import { apiOf, patient } from "@steward/simulator/deploy/api";
import { dataVolumeOf } from "@steward/simulator/invariants/data-volume";
import { drive } from "@steward/simulator/world/drive";
import type { Stage } from "../simulation/stage.ts";

/** The only server of a stage. */
export const theServer = (stage: Stage): string => stage.serving[0] ?? "";

const operatorOf = ({ world }: Stage) => patient(apiOf(world.account, world.operator));
export const byHand = <T>(stage: Stage, work: (operator: ReturnType<typeof operatorOf>) => Promise<T>): Promise<T> => drive(() => work(operatorOf(stage)));

/** Where the data volume and the address are: an instance id, or undefined when they are free; `volume` is null once there is none. */
export function belongings({ world, deployed }: Stage): { volume: string | undefined | null; address: string | undefined } {
  const volume = dataVolumeOf(world, deployed);
  const address = world.ec2.addresses.get(deployed.named.address ?? "");
  return { volume: volume ? volume.attachment?.instanceId : null, address: address?.association?.instanceId };
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

/** The human's part: ends the old server through its group. That frees the volume, and Steward gives it to the one that is launched instead. */
export async function bringNewServer(stage: Stage, old: string): Promise<void> {
  await byHand(stage, (operator) => operator("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: old, ShouldDecrementDesiredCapacity: false }));
  await stage.waitFor(() => stage.serving.some((instanceId) => instanceId !== old), { minutes: 60 });
}

/** Until Steward has swept twice, which is when it has verified and closed what is over. */
export const twoSweeps = (stage: Stage): Promise<void> => stage.run({ seconds: secondsUntil(new Date(), stage.nextSweep) + 600 });
