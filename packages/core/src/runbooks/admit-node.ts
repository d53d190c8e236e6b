import { z } from "zod";
import { InstanceId } from "../fleet/facts.ts";
import { runbook } from "./runbook.ts";
import type { Step } from "./steps.ts";

/** Only a node whose probe equals the desired state and that answers is let in; any other is sent away. */
export const admitNode = runbook({
  id: "admit-node",
  summary: "Let a new node into service once its probe equals the desired state; send it away if it does not get there.",
  input: z.strictObject({ instanceId: InstanceId, hook: z.string().min(1), ancestor: InstanceId.nullable() }),
  changes: ["remember-lineage", "converge", "complete-lifecycle"],
  disrupts: false,
  impact: "None: the node has never served.",
  plan: ({ instanceId, hook, ancestor }) => {
    const lineage: Step[] = ancestor ? [{ do: "remember-lineage", instanceId, ancestor, because: "what was tried on the one counts for the other" }] : [];
    return {
      steps: [
        ...lineage,
        { do: "converge", instanceId, because: "a node gets traffic only when it equals the desired state" },
        { do: "complete-lifecycle", instanceId, hook, result: "CONTINUE", because: "its probe equals the desired state" },
      ],
      otherwise: [{ do: "complete-lifecycle", instanceId, hook, result: "ABANDON", because: "it did not become equal to the desired state in time" }],
    };
  },
});
