import { z } from "zod";
import { InstanceId } from "../fleet/instance-id.ts";
import { TOPOLOGIES } from "../topology/topology.ts";
import { runbook } from "./runbook.ts";

export const restartService = runbook({
  id: "restart-service",
  summary: "Restart Package Manager on one node and wait until it answers.",
  input: z.strictObject({ instanceId: InstanceId }),
  changes: ["restart-service"],
  disrupts: true,
  topologies: TOPOLOGIES,
  impact: "The node serves nobody for about 20 seconds; in a pair the other node serves on.",
  plan: ({ instanceId }) => ({ steps: [{ do: "restart-service", instanceId, because: "a restart is the cheapest cure" }], otherwise: [] }),
});
