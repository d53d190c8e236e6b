import { z } from "zod";
import { InstanceId } from "../fleet/instance-id.ts";
import { runbook } from "./runbook.ts";
import type { Step } from "./steps.ts";

/**
 * A server gets its data volume only once nobody has it any more: that the volume is free is the proof that no other server writes to it.
 * The address comes last, when the server answers. Without the proof it waits in its hook, and a human is told.
 */
export const admitServer = runbook({
  id: "admit-server",
  summary: "Give a new server the data volume and the address, and let it into service once it is as desired; it waits until the volume is free.",
  input: z.strictObject({ instanceId: InstanceId, hook: z.string().min(1) }),
  changes: ["attach-volume", "converge", "settle-volume", "move-address", "complete-lifecycle"],
  disrupts: false,
  topologies: ["single"],
  impact: "None: nobody is served before it.",
  plan: ({ instanceId, hook }, { dataVolume, address }) => {
    const volume: Step[] = dataVolume
      ? [{ do: "attach-volume", volumeId: dataVolume.id, instanceId, because: "everything of a single server lies on it, and nobody has it any more" }]
      : [];
    const format = dataVolume?.isNew ? { format: dataVolume.id } : {};
    const settled: Step[] = dataVolume ? [{ do: "settle-volume", volumeId: dataVolume.id, because: "it holds data from now on" }] : [];
    const moved: Step = { do: "move-address", allocationId: address?.allocationId ?? "none", instanceId, because: "users come by it" };
    return {
      steps: [
        ...volume,
        { do: "converge", instanceId, ...format, because: "a server gets traffic only when it equals the desired state" },
        ...settled,
        moved,
        { do: "complete-lifecycle", instanceId, hook, result: "CONTINUE", because: "its probe equals the desired state" },
      ],
      otherwise: [],
    };
  },
});
