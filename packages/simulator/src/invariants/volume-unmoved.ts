import type { Invariant } from "./invariant.ts";

/** Calls that give or take what a server has for itself. */
const MOVES = new Set(["AttachVolume", "DetachVolume", "DeleteVolume", "AssociateAddress", "DisassociateAddress", "ReleaseAddress"]);

export const volumeUnmoved: Invariant = {
  id: "volume-unmoved",
  sentence: "No function ever tries to move or delete a volume or an address.",
  watch:
    () =>
    ({ call }) =>
      call?.principal.functionName !== undefined && MOVES.has(call.operation)
        ? [`${call.principal.functionName} called ${call.service}:${call.operation}`]
        : [],
};
