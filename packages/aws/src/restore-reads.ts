import { DescribeVolumesCommand, type EC2Client, type Volume } from "@aws-sdk/client-ec2";
import type { Ledger } from "@steward/core/apply/ports";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { RestoreVolume } from "@steward/core/restore/facts";
import { isOpen, RESTORE_MARK } from "@steward/core/restore/restore-record";
import { calling } from "./failures.ts";
import type { Reader } from "./reader.ts";

export interface RestoreReads {
  volumes(ids: readonly string[]): Promise<RestoreVolume[]>;
}

/** Volumes that a restore names, as far as EC2 has them: what is gone is left out. */
export const createRestoreReads = (client: EC2Client): RestoreReads => ({
  volumes: (ids) =>
    calling("describe the volumes of a restore", async () => {
      const { Volumes = [] } = await client.send(new DescribeVolumesCommand({ Filters: [{ Name: "volume-id", Values: [...ids] }] }));
      return Volumes.flatMap(volumeOf);
    }),
});

/** Its state is that of the attachment until that is `attached`: the server sees no device before. Source: EC2 API reference, "VolumeAttachment". */
function volumeOf({ VolumeId = "", State, Size = 0, Tags = [], Attachments = [] }: Volume): RestoreVolume[] {
  if (State === "deleting" || State === "deleted") return [];
  const attached = Attachments.find((attachment) => attachment.State !== "detached");
  const state = (attached?.State === "attached" ? undefined : attached?.State) ?? State ?? "unknown";
  const tag = (key: string): string | null => Tags.find(({ Key }) => Key === key)?.Value ?? null;
  return [{ id: VolumeId, state, attachedTo: attached?.InstanceId ?? null, gib: Size, name: tag("Name"), keptFor: tag(RESTORE_MARK.kept) }];
}

/** How far a restore is; EC2 is asked only as long as one is not confirmed. */
export async function readRestore(
  { reads, ledger }: { reads: RestoreReads; ledger: Pick<Ledger, "restore"> },
  { attempt }: Reader,
): Promise<NonNullable<FleetFacts["restore"]>> {
  const record = await attempt("restore", async () => (await ledger.restore()) ?? null, null);
  if (!isOpen(record)) return { record, volumes: [] };
  const ids = [...new Set([record.volumeId, record.formerId, ...record.kept].filter((id) => id !== null))];
  return { record, volumes: ids.length === 0 ? [] : await attempt("volumes of the restore", () => reads.volumes(ids), []) };
}
