import type { CallSeen, Invariant } from "./invariant.ts";

/** Calls that take from a server what it has for itself. */
const TAKES = new Set(["DetachVolume", "DeleteVolume", "DisassociateAddress", "ReleaseAddress"]);

export const volumeUnmoved: Invariant = {
  id: "volume-unmoved",
  sentence: "No function ever tries to take a volume or an address from anybody, or to delete one.",
  watch:
    () =>
    ({ call }) =>
      call?.principal.functionName !== undefined && takes(call) ? [`${call.principal.functionName} called ${call.service}:${call.operation}`] : [],
};

/** An address is taken from its holder unless whoever asks rules that out. */
const takes = ({ operation, input }: CallSeen): boolean =>
  TAKES.has(operation) || (operation === "AssociateAddress" && (input as { AllowReassociation?: boolean }).AllowReassociation !== false);
