import { isOfDrill } from "./drill.ts";
import type { CallSeen, Invariant, Moment } from "./invariant.ts";

/** Calls that take from a server what it has for itself. */
const TAKES = new Set(["DetachVolume", "DisassociateAddress", "ReleaseAddress"]);

export const volumeUnmoved: Invariant = {
  id: "volume-unmoved",
  sentence: "No function ever tries to take a volume or an address from anybody, or to delete one that no restore drill made.",
  watch: () => (moment) => {
    const { call } = moment;
    return call?.principal.functionName !== undefined && takes(moment, call) ? [`${call.principal.functionName} called ${call.service}:${call.operation}`] : [];
  },
};

/** An address is taken from its holder unless whoever asks rules that out; a volume that is not there any more is nobody's. */
function takes(moment: Moment, { operation, input }: CallSeen): boolean {
  if (operation === "AssociateAddress") return (input as { AllowReassociation?: boolean }).AllowReassociation !== false;
  if (operation !== "DeleteVolume") return TAKES.has(operation);
  const volume = moment.world.ec2.volumes.get((input as { VolumeId?: string }).VolumeId ?? "");
  return volume !== undefined && !isOfDrill(moment, volume.tags);
}
