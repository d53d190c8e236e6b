import type { Invariant } from "./invariant.ts";

export const nothingForbidden: Invariant = {
  id: "nothing-forbidden",
  sentence: "No function ever tries what its rights forbid.",
  watch:
    () =>
    ({ call }) => {
      if (call?.principal.functionName === undefined || call.error !== "AccessDenied") return [];
      return [`${call.principal.functionName} was refused ${call.service}:${call.operation}`];
    },
};
