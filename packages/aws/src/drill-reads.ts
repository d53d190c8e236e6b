import { type EC2Client, type Instance, paginateDescribeInstances, paginateDescribeVolumes, type Tag, type Volume } from "@aws-sdk/client-ec2";
import type { Ledger } from "@steward/core/apply/ports";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { ProbeReport } from "@steward/core/fleet/probe";
import { DRILL_TAG } from "@steward/core/proof/drill-record";
import type { Count, DrillFacts, DrillInstance, DrillVolume, Proof } from "@steward/core/proof/facts";
import { calling } from "./failures.ts";
import type { Nodes } from "./nodes.ts";
import type { Reader } from "./reader.ts";

export interface DrillReads {
  instances(): Promise<DrillInstance[]>;
  volumes(): Promise<DrillVolume[]>;
}

/** What drills have made in EC2, by their own tag: the stage's would bring it in among the fleet. */
export function createDrillReads(client: EC2Client, stage: string): DrillReads {
  const Filters = [{ Name: `tag:${DRILL_TAG.stage}`, Values: [stage] }];
  return {
    instances: () =>
      calling("describe the servers of drills", async () => {
        const found: DrillInstance[] = [];
        for await (const { Reservations = [] } of paginateDescribeInstances({ client }, { Filters }))
          found.push(...Reservations.flatMap(({ Instances = [] }) => Instances.map(instanceOf)));
        return found;
      }),

    /** Without the boot volumes, which end with their servers. */
    volumes: () =>
      calling("describe the volumes of drills", async () => {
        const found: DrillVolume[] = [];
        for await (const { Volumes = [] } of paginateDescribeVolumes({ client }, { Filters })) found.push(...Volumes.flatMap(volumeOf));
        return found;
      }),
  };
}

const drillIdOf = (tags: Tag[] | undefined): string | null => tags?.find(({ Key }) => Key === DRILL_TAG.id)?.Value ?? null;

const instanceOf = ({ InstanceId = "", State, LaunchTime, Tags }: Instance): DrillInstance => ({
  id: InstanceId,
  drillId: drillIdOf(Tags),
  state: State?.Name ?? "unknown",
  madeAt: LaunchTime ?? new Date(0),
});

/** Its state is that of the attachment until that is `attached`: the server sees no device before. Source: EC2 API reference, "VolumeAttachment". */
function volumeOf({ VolumeId = "", State, CreateTime, Tags, Attachments = [] }: Volume): DrillVolume[] {
  const attached = Attachments.find((attachment) => attachment.State !== "detached");
  if (State === "deleting" || State === "deleted" || attached?.DeleteOnTermination) return [];
  const state = (attached?.State === "attached" ? undefined : attached?.State) ?? State ?? "unknown";
  return [{ id: VolumeId, drillId: drillIdOf(Tags), madeAt: CreateTime ?? new Date(0), state, attachedTo: attached?.InstanceId ?? null }];
}

export interface DrillReading {
  reads: DrillReads;
  ledger: Pick<Ledger, "drill" | "drillsSince">;
  nodes: Pick<Nodes, "reports" | "proof" | "counted">;
}

/** How far a drill is. Its server is asked what it says of itself only when the fleet's are, and what it said of the copy is read where it was asked. */
export async function readDrill({ reads, ledger, nodes }: DrillReading, { attempt }: Reader, until: Date | null): Promise<FleetFacts["drill"]> {
  const [record, since, instances, volumes] = await Promise.all([
    attempt("drill", async () => (await ledger.drill()) ?? null, null),
    attempt("since when drills are", () => ledger.drillsSince(), null),
    attempt("servers of drills", () => reads.instances(), []),
    attempt("volumes of drills", () => reads.volumes(), []),
  ]);
  const own = instances.find(({ id, state }) => id === record?.instanceId && state === "running");
  const { asked, counted } = record ?? {};
  const [probe, proof, count] = await Promise.all([
    own && until ? said(nodes, own.id, until) : null,
    own && asked && until ? attempt<Proof>("proof of a drill", () => nodes.proof(asked.commandId, own.id), { kind: "not-asked" }) : NOT_ASKED,
    counted && !record?.fleet && until
      ? attempt<Count>("what the fleet has", () => nodes.counted(counted.commandId, counted.instanceId), NOT_ASKED)
      : NOT_ASKED,
  ]);
  return { record, instances, volumes, probe, proof, count, since } satisfies DrillFacts;
}

const NOT_ASKED = { kind: "not-asked" } as const;

async function said(nodes: Pick<Nodes, "reports">, instanceId: string, until: Date): Promise<ProbeReport | null> {
  const probe = (await nodes.reports([instanceId], until)).get(instanceId);
  return probe?.kind === "report" ? probe.report : null;
}
