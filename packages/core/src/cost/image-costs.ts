import { METRICS_OF_A_NODE, METRICS_OF_THE_GROUP } from "../image/agent-config.ts";
import type { Topology } from "../topology/topology.ts";
import { ASSUMED } from "./assumptions.ts";
import { type Item, standing, usage } from "./items.ts";
import { NODE_HOURS, PRICES } from "./prices.ts";

/** Image Builder itself is free; its instances, the images' snapshots and what the agents in them measure are not. */
export function image({ image: { builder }, group }: Topology): Item[] {
  return [
    standing("metrics of the nodes", group.serving.desired * METRICS_OF_A_NODE + METRICS_OF_THE_GROUP, PRICES.metric),
    usage(
      `golden images, built on ${builder.instanceType}`,
      ASSUMED.imageBuilds.value * ASSUMED.imageBuildHours.value,
      NODE_HOURS.get(builder.instanceType) ?? null,
    ),
    usage("golden images, snapshots", ASSUMED.imagesKept.value * ASSUMED.imageGb.value, PRICES.snapshot),
  ];
}
