import { ownFront } from "@steward/core/fleet/front";
import { expect, test } from "vitest";
import { reports } from "../builders.ts";

test.each([
  ["well when it answers itself 200", reports(), { state: "healthy", reason: null }],
  [
    "sick when it answers itself with an error",
    reports({ ping: { kind: "answer", status: 503, ms: 2 } }),
    { state: "unhealthy", reason: "it answers itself 503" },
  ],
  ["sick when it does not answer itself", reports({ ping: { kind: "timeout" } }), { state: "unhealthy", reason: "it does not answer itself in time" }],
  ["sick when nobody listens", reports({ ping: { kind: "refused" } }), { state: "unhealthy", reason: "it refuses connections from itself" }],
  ["neither when it can't be asked", { kind: "unknown" as const, because: "the agent is offline" }, { state: "unavailable", reason: "the agent is offline" }],
  ["neither when nobody asked", { kind: "not-asked" as const }, { state: "unavailable", reason: "nobody asked the server" }],
])("a server without a balancer is %s", (_, probe, front) => {
  expect(ownFront(probe)).toEqual(front);
});
