import type { Ledger } from "../apply/ports.ts";
import type { DocumentPointer } from "../desired/documents.ts";
import type { SnapshotStore } from "../snapshots/ports.ts";

/** Launch template and version from which the fleet's own servers come. */
export interface TemplateVersion {
  name: string;
  version: string;
}

/**
 * What a drill makes and removes in AWS. Everything it makes carries the drill's tags; making something again under the same id gives the
 * first one, because EC2 takes a client token for volumes and instances.
 */
export interface DrillMeans {
  /** Makes a volume of a snapshot, where the copy's server will be; returns its id. */
  makeCopy(id: string, snapshotId: string): Promise<string>;
  /** Launches the copy's server from the fleet's image, in the zone of the copy, with rights and a way out of its own; returns its id. */
  launch(of: { id: string; copyId: string; template: TemplateVersion }): Promise<string>;
  attach(copyId: string, instanceId: string): Promise<void>;
  /** Asks the server for a proof, which takes minutes; returns the name of the command. */
  ask(instanceId: string): Promise<string>;
  /** Asks a server that serves how much it has, which takes a minute; returns the name of the command. */
  count(instanceId: string): Promise<string>;
  /** Ends these instances and deletes those of these volumes that nobody has any more; only such that carry the drills' tag. */
  remove(instanceIds: readonly string[], volumeIds: readonly string[]): Promise<void>;
  /** Says on a snapshot what its last proof came to; one that is gone meanwhile is no error. */
  mark(snapshotId: string, proof: { provenAt: Date; dataOnly: boolean } | { failed: string }): Promise<void>;
}

/** What a drill uses of the world. */
export interface DrillWorld {
  means: DrillMeans;
  documents: { read(pointer: DocumentPointer): Promise<string>; write(pointer: DocumentPointer, text: string): Promise<void> };
  snapshots: Pick<SnapshotStore, "facts">;
  ledger: Pick<Ledger, "drill" | "putDrill">;
  now: () => Date;
}
