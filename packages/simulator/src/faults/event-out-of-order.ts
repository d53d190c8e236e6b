import { between } from "../world/chance.ts";
import { deliveryFault } from "./deliveries.ts";

/** EventBridge promises no order; two minutes are enough to overtake every event of one incident. */
export const eventOutOfOrder = deliveryFault({
  id: "event-out-of-order",
  summary: "A part of the events comes up to two minutes late, after younger ones.",
  share: 0.3,
  verdict: () => ({ delayMs: between(1_000, 120_000) }),
});
