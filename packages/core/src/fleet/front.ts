import type { NodeFacts, Probe } from "./facts.ts";

/**
 * What stands before a `single` server is nobody, so its own answer stands in for a balancer's check. A server that can't be
 * asked is `unavailable`: neither well nor sick by anybody's word.
 */
export function ownFront(probe: Probe): NonNullable<NodeFacts["target"]> {
  if (probe.kind !== "report") return { state: "unavailable", reason: probe.kind === "unknown" ? probe.because : "nobody asked the server" };
  const { ping } = probe.report;
  if (ping.kind !== "answer")
    return { state: "unhealthy", reason: ping.kind === "timeout" ? "it does not answer itself in time" : "it refuses connections from itself" };
  return ping.status === 200 ? { state: "healthy", reason: null } : { state: "unhealthy", reason: `it answers itself ${ping.status}` };
}
