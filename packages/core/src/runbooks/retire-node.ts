import { z } from "zod";
import { InstanceId } from "../fleet/instance-id.ts";
import { TOPOLOGIES } from "../topology/topology.ts";
import { runbook } from "./runbook.ts";
import type { Step } from "./steps.ts";

/** A hang in the drain can't hold the fleet: the node goes after the deadline all the same. */
export const retireNode = runbook({
  id: "retire-node",
  summary: "Let a node that the group is ending finish its work, then let it go.",
  input: z.strictObject({ instanceId: InstanceId, hook: z.string().min(1) }),
  changes: ["drain", "complete-lifecycle"],
  disrupts: false,
  topologies: TOPOLOGIES,
  impact: "None in a pair, where the balancer no longer sends to it; a single server serves nobody from then on.",
  plan: ({ instanceId, hook }) => {
    const go: Step = { do: "complete-lifecycle", instanceId, hook, result: "CONTINUE", because: "nobody is served by it any more" };
    return { steps: [{ do: "drain", instanceId, because: "work in flight is finished first" }, go], otherwise: [go] };
  },
});
