import { connect as open } from "node:net";
import type { HttpResult } from "./host.ts";

/** Reads one small answer; whatever is not an answer in time is a timeout or a refusal. */
export async function get(url: string, timeoutMs: number): Promise<HttpResult> {
  const begun = performance.now();
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: "manual" });
    const body = await response.text();
    return { kind: "answer", status: response.status, ms: Math.round(performance.now() - begun), body };
  } catch (error) {
    return { kind: error instanceof Error && error.name === "TimeoutError" ? "timeout" : "refused" };
  }
}

/** Opens a connection and closes it at once. */
export function connect(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = open({ host, port, timeout: timeoutMs });
    const conclude = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket
      .once("connect", () => conclude(true))
      .once("timeout", () => conclude(false))
      .once("error", () => conclude(false));
  });
}
