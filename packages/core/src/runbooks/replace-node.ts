import { z } from "zod";
import { InstanceId } from "../fleet/instance-id.ts";
import { findNode, isServing } from "../fleet/standing.ts";
import { runbook } from "./runbook.ts";
import type { Step } from "./steps.ts";

/**
 * A node that serves nobody leaves the balancer first, and the group launches its stand-in at once. A node that still
 * serves stays until a surged stand-in serves beside it. Either way the old one goes only when enough others serve.
 */
export const replaceNode = runbook({
  id: "replace-node",
  summary: "Replace one node by a new one from the golden image; the old one goes when the new one serves.",
  input: z.strictObject({ instanceId: InstanceId }),
  changes: ["set-desired-capacity", "isolate", "retire"],
  disrupts: true,
  topologies: ["ha"],
  impact: "None as long as another node serves; the fleet runs on one node less for about four minutes if the node was sick.",
  plan: ({ instanceId }, facts, policy) => {
    const node = findNode(facts, instanceId);
    const surge: Step[] = [
      { do: "set-desired-capacity", desired: policy.capacity + 1, because: "the stand-in comes up while the old node still serves" },
      { do: "isolate", instanceId, keepDesired: false, because: "a node that leaves gets no new requests" },
    ];
    const asBefore: Step = { do: "set-desired-capacity", desired: policy.capacity, because: "no stand-in came: nothing more than declared is asked for" };
    const standIn: Step[] = [{ do: "isolate", instanceId, keepDesired: true, because: "out of the balancer for certain, and the group launches a stand-in" }];
    const go: Step = { do: "retire", instanceId, because: "its stand-in serves" };
    return node && isServing(node) ? { steps: [...surge, go], otherwise: [asBefore] } : { steps: [...standIn, go], otherwise: [] };
  },
});
