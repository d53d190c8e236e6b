import { before } from "@steward/core/apply/duration";
import type { DrillRecord } from "@steward/core/proof/drill-record";
import { DRILL_TAG } from "@steward/core/proof/drill-record";
import { lastProven, proofView, proofWords } from "@steward/core/proof/view";
import { MARK } from "@steward/core/retention/marks";
import type { Stage } from "../simulation/stage.ts";
import type { Play } from "./scenario.ts";
import { belongings, theServer } from "./server.ts";

/** One proof that a snapshot can be restored, from its beginning to the end of all that it made. */
export const serverDrill: Play = async (stage) => {
  const before = { server: theServer(stage), ...belongings(stage) };
  stage.act("A snapshot is there", "nobody knows yet whether a server could be made of it");
  await stage.waitFor(() => stage.snapshots.some(({ state }) => state === "completed") && stage.nothingRuns, { minutes: 15 });
  stage.act("The server is a day old", "the first drill is due: a copy of the volume, and a server of its own that nobody is served by");
  ageServer(stage);
  await stage.waitFor(() => stage.chronicle.drill?.state === "proven", { minutes: 40 });
  expectServed(stage);
  stage.act("It is proven", "the copy is read to its end, so that people know how long a restore is slow; then all of it goes");
  await stage.waitFor(() => stage.chronicle.drill?.endedAt instanceof Date && stage.nothingRuns, { hours: 2 });
  await stage.run({ minutes: 10 });
  expectOver(stage, before);
};

/** As if the server had been launched a day earlier. */
export function ageServer({ world, serving }: Stage): void {
  for (const instance of world.ec2.instances.values())
    if (serving.includes(instance.instanceId)) instance.launchTime = before(instance.launchTime, { days: 1 });
}

/** What is there of drills, by their tag: instances that have not ended, and volumes. */
export function madeByDrills({ world: { ec2 } }: Stage): string[] {
  const isOfDrill = ({ tags }: { tags: Record<string, string> }) => tags[DRILL_TAG.stage] === "demo";
  const instances = [...ec2.instances.values()].filter((one) => isOfDrill(one) && one.state !== "terminated");
  return [...instances.map(({ instanceId }) => instanceId), ...[...ec2.volumes.values()].filter(isOfDrill).map(({ id }) => id)];
}

function expectServed(stage: Stage): void {
  const { drill } = stage.chronicle;
  stage.expect("the newest consistent snapshot was restored by a server outside of the group", drill?.state === "proven" && !isInGroup(stage, drill));
  stage.expect("every check of the copy is good, and its database is whole", drill?.verdicts.some((line) => line.endsWith(".db is whole")) ?? false);
  const last = drill && lastProven(drill);
  stage.expect("it is known how much would have been lost, and after how long users would have been served", typeof last?.servedAfterSeconds === "number");
}

function isInGroup({ nodes }: Stage, { instanceId }: DrillRecord): boolean {
  return nodes.some((node) => node.instanceId === instanceId);
}

function expectOver(stage: Stage, { server, volume, address }: { server: string } & ReturnType<typeof belongings>): void {
  const { drill = null, incidents } = stage.chronicle;
  const now = belongings(stage);
  const snapshot = stage.snapshots.find(({ id }) => id === drill?.snapshotId);
  stage.expect("the snapshot says that it is proven", snapshot?.tags[MARK.proven] === drill?.provenAt?.toISOString());
  stage.expect(proofWords(proofView(drill, null)), drill?.loadedAt instanceof Date && drill.endedAt instanceof Date);
  stage.expect("nothing that the drill made is left", madeByDrills(stage).length === 0);
  stage.expect("the server, its volume and its address are where they were", theServer(stage) === server && now.volume === volume && now.address === address);
  stage.expect("nobody was told anything, and no request failed", incidents.length === 0 && stage.messages.length === 0 && stage.traffic.failed === 0);
}
