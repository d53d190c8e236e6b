import { deliveryFault } from "./deliveries.ts";

/** EventBridge stores events durably, but a target behind a mistaken permission or an outage may never see one. */
export const eventLost = deliveryFault({ id: "event-lost", summary: "A part of the events never reaches its target.", share: 0.3, verdict: () => "lose" });
