import { deliveryFault } from "./deliveries.ts";

/** EventBridge delivers at least once. Source: EventBridge user guide, "Event retry policy". */
export const eventDoubled = deliveryFault({
  id: "event-doubled",
  summary: "A part of the events reaches its target twice.",
  share: 0.3,
  verdict: () => "double",
});
