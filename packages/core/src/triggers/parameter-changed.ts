import { z } from "zod";
import { TOPOLOGIES } from "../topology/topology.ts";
import { envelope, trigger } from "./trigger.ts";

/** A parameter of this stage (switch, declared or desired state) was created, updated or deleted. */
export const parameterChanged = trigger({
  id: "parameter-changed",
  words: "The switch, the declared or the desired state changed",
  target: "observe",
  topologies: TOPOLOGIES,
  pattern: (names) => ({
    source: ["aws.ssm"],
    "detail-type": ["Parameter Store Change"],
    detail: { name: [names.switch, names.declared, names.desired], operation: ["Create", "Update", "Delete"] },
  }),
  schema: envelope("aws.ssm", ["Parameter Store Change"], z.object({ name: z.string(), operation: z.string(), type: z.string().optional() })),
  hint: (event) => ({ kind: "parameter", name: event.detail.name }),
});
