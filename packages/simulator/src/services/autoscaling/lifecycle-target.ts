import type { LifecycleState } from "./group.ts";
import type { Scaling } from "./scaling.ts";

/**
 * Where the group takes an instance: the steady state that it is in or on its way to, so an instance that waits in its
 * launch hook reads the same as one that serves. Source: Auto Scaling user guide, "Retrieve the target lifecycle state through instance metadata".
 */
export function lifecycleTarget({ groups }: Scaling, instanceId: string): "InService" | "Standby" | "Terminated" | undefined {
  const member = [...groups.values()].map(({ members }) => members.get(instanceId)).find((found) => found !== undefined);
  return member && targetOf(member.state);
}

function targetOf(state: LifecycleState): "InService" | "Standby" | "Terminated" {
  if (state.startsWith("Terminat")) return "Terminated";
  return state === "Standby" || state === "EnteringStandby" ? "Standby" : "InService";
}
