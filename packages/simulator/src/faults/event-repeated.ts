import { deliveryFault } from "./deliveries.ts";

/** At least once means any number of times, and EventBridge promises no order. */
export const eventRepeated = deliveryFault({
  id: "event-repeated",
  summary: "Every event comes five times, spread over a minute, so that events overtake each other.",
  share: 1,
  verdict: () => ({ times: 5, withinMs: 60_000 }),
});
