import { connect as open } from "node:net";
import type { Download, HttpResult } from "./host.ts";

/** Reads one small answer; whatever is not an answer in time is a timeout or a refusal. */
export async function get(url: string, timeoutMs: number): Promise<HttpResult> {
  const begun = performance.now();
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: "manual" });
    const body = await response.text();
    return { kind: "answer", status: response.status, ms: since(begun), body };
  } catch (error) {
    return withoutAnswer(error);
  }
}

const since = (begun: number): number => Math.round(performance.now() - begun);

const withoutAnswer = (error: unknown): { kind: "timeout" | "refused" } => ({
  kind: error instanceof Error && error.name === "TimeoutError" ? "timeout" : "refused",
});

const KEPT_BYTES = 256 * 1024;

/** Counts what comes and keeps its beginning; an answer that ends before its time is none. */
export async function download(url: string, timeoutMs: number): Promise<Download> {
  const begun = performance.now();
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: "manual" });
    const kept: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      if (bytes < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - bytes));
      bytes += chunk.length;
    }
    return { kind: "answer", status: response.status, ms: since(begun), bytes, beginning: Buffer.concat(kept).toString("utf8") };
  } catch (error) {
    return withoutAnswer(error);
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
