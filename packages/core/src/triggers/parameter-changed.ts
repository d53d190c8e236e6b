import { z } from "zod";
import { envelope, trigger } from "./trigger.ts";

/** A parameter of this stage (switch, desired state) was created, updated or deleted. */
export const parameterChanged = trigger({
  id: "parameter-changed",
  pattern: (names) => ({
    source: ["aws.ssm"],
    "detail-type": ["Parameter Store Change"],
    detail: { name: [names.switch, names.desired], operation: ["Create", "Update", "Delete"] },
  }),
  schema: envelope("aws.ssm", ["Parameter Store Change"], z.object({ name: z.string(), operation: z.string(), type: z.string().optional() })),
  hint: (event) => ({ kind: "parameter", name: event.detail.name }),
});
