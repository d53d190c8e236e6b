import { createNodes } from "@steward/aws/nodes";
import { Permanent } from "@steward/core/errors";
import { REPORT_END } from "@steward/core/fleet/probe";
import { nodeDocument } from "@steward/core/topology/document";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { refuse, stubAws } from "./stub-aws.ts";

const ONE = "i-0123456789abcdef0";
const TWO = "i-0fedcba9876543210";
const START = new Date("2026-01-05T09:00:00.000Z");
const later = (seconds: number) => new Date(START.getTime() + seconds * 1000);

const reportOf = (instanceId: string) => ({
  report: 1,
  instanceId,
  at: START.toISOString(),
  version: "2026.09.0-12",
  service: { state: "active", since: START.toISOString() },
  ping: { kind: "answer", status: 200, ms: 3 },
  runningVersion: "2026.09.0-12",
  configFingerprint: "v0:c",
  keyFingerprint: "k",
  database: "reachable",
  storage: "reachable",
  more: { hostname: instanceId, held: true, keySource: null, license: null, clock: null, disks: [], languages: null, cluster: null },
  receipts: [],
  end: REPORT_END,
});
const success = (StandardOutputContent: string) => ({ Status: "Success", StatusDetails: "Success", ResponseCode: 0, StandardOutputContent });

function given(answers: Parameters<typeof stubAws>[0]) {
  const aws = stubAws({ SendCommand: ({ InstanceIds }) => ({ Command: { CommandId: `command-${(InstanceIds as string[])[0]}` } }), ...answers });
  return { ...aws, nodes: createNodes({ client: aws.clients.ssm, document: "steward-demo-node", now: () => new Date() }) };
}

/** Runs the clock until the work is done. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const watched = work.finally(() => {
    over = true;
  });
  while (!over) await vi.advanceTimersByTimeAsync(100);
  return watched;
}

beforeEach(() => vi.useFakeTimers({ now: START }));
afterEach(() => vi.useRealTimers());

describe("commands", () => {
  test("carry the envelope as one word that the document allows, and expire undelivered after 30 s", async () => {
    const { nodes, inputs } = given({});
    await nodes.command([ONE], "restart", { key: "run/1.1", epoch: 7, notAfter: later(60) });
    const [input] = inputs("SendCommand") as { Parameters: Record<"verb" | "payload" | "executionTimeout", string[]>; TimeoutSeconds: number }[];
    expect(input).toMatchObject({ DocumentName: "steward-demo-node", InstanceIds: [ONE], TimeoutSeconds: 30, Parameters: { verb: ["restart"] } });
    expect(JSON.parse(Buffer.from(input?.Parameters.payload[0] ?? "", "base64url").toString())).toEqual({
      key: "run/1.1",
      epoch: 7,
      notAfter: later(60).toISOString(),
    });
    for (const name of ["payload", "executionTimeout"] as const)
      expect(input?.Parameters[name][0]).toMatch(new RegExp(nodeDocument.parameters[name].allowedPattern));
  });

  test.each([
    ["converge", "600"],
    ["restart", "600"],
    ["init-database", "180"],
    ["quiesce", "90"],
    ["collect", "90"],
    ["thaw", "60"],
  ] as const)("%s may run for %s s, longer than the node's program waits for anything in it", async (verb, seconds) => {
    const { nodes, inputs } = given({});
    await nodes.command([ONE], verb, { key: "k", epoch: 1, notAfter: later(60) });
    expect(inputs("SendCommand")).toMatchObject([{ Parameters: { executionTimeout: [seconds] } }]);
  });

  test("are sent to each node by itself and not waited for", async () => {
    const { nodes, sent } = given({});
    await nodes.command([ONE, TWO], "drain", { key: "k", epoch: 1, notAfter: later(60) });
    expect(sent.map(({ command, input }) => [command, input.InstanceIds])).toEqual([
      ["SendCommand", [ONE]],
      ["SendCommand", [TWO]],
    ]);
  });

  test("to a node that Systems Manager does not reach are a Permanent failure", async () => {
    const { nodes } = given({ SendCommand: refuse("InvalidInstanceId", "") });
    await expect(nodes.command([ONE], "restart", { key: "k", epoch: 1, notAfter: later(60) })).rejects.toBeInstanceOf(Permanent);
  });
});

describe("reports", () => {
  const ask = (answers: Parameters<typeof stubAws>[0], ids = [ONE], seconds = 20) => {
    const aws = given(answers);
    return { ...aws, probes: inTime(aws.nodes.reports(ids, later(seconds))) };
  };

  test("are awaited through the moments in which the invocation is not there yet, pending, and in progress", async () => {
    const course = [
      refuse("InvocationDoesNotExist", ""),
      () => ({ Status: "Pending" }),
      () => ({ Status: "InProgress" }),
      () => success(`${JSON.stringify(reportOf(ONE))}\n`),
    ];
    const { probes } = ask({ GetCommandInvocation: (_input, calls) => course[calls]?.() });
    expect((await probes).get(ONE)).toMatchObject({ kind: "report", report: { instanceId: ONE, at: START, version: "2026.09.0-12" } });
  });

  test("that do not come by the deadline are unknown", async () => {
    const { probes, inputs } = ask({ GetCommandInvocation: () => ({ Status: "Delayed" }) }, [ONE], 5);
    expect((await probes).get(ONE)).toEqual({ kind: "unknown", because: "no report in time" });
    expect(new Date()).toEqual(later(5));
    expect(inputs("GetCommandInvocation")).toHaveLength(5);
  });

  test("are not awaited for more than 20 s, whatever the deadline", async () => {
    const { probes } = ask({ GetCommandInvocation: () => ({ Status: "Pending" }) }, [ONE], 3600);
    await probes;
    expect(Date.now() - later(20).getTime()).toBeLessThan(1000);
  });

  test.each([
    ["is cut off", success(JSON.stringify(reportOf(ONE)).slice(0, -20)), /cut off/],
    ["lacks its end", success(JSON.stringify({ ...reportOf(ONE), end: undefined })), /cut off/],
    ["is empty", success(""), /cut off/],
    ["is that of another node", success(JSON.stringify(reportOf(TWO))), new RegExp(TWO)],
    ["failed", { Status: "Failed", StatusDetails: "Failed", ResponseCode: 1, StandardOutputContent: JSON.stringify(reportOf(ONE)) }, /Failed \(exit code 1\)/],
    ["was never delivered", { Status: "TimedOut", StatusDetails: "DeliveryTimedOut", ResponseCode: -1 }, /DeliveryTimedOut/],
  ])("are unknown when the answer %s", async (_what, answer, because) => {
    const { probes } = ask({ GetCommandInvocation: () => answer });
    expect((await probes).get(ONE)).toEqual({ kind: "unknown", because: expect.stringMatching(because) });
  });

  test("of one node are not hidden by another that can't be asked", async () => {
    const { probes } = ask(
      {
        SendCommand: ({ InstanceIds }) =>
          (InstanceIds as string[])[0] === ONE ? refuse("InvalidInstanceId", "not managed")() : { Command: { CommandId: "c" } },
        GetCommandInvocation: () => success(JSON.stringify(reportOf(TWO))),
      },
      [ONE, TWO],
    );
    const found = await probes;
    expect(found.get(ONE)).toEqual({ kind: "unknown", because: expect.stringContaining("InvalidInstanceId") });
    expect(found.get(TWO)?.kind).toBe("report");
  });

  test("survive an API that is busy for a moment", async () => {
    const { probes } = ask({
      GetCommandInvocation: (_input, calls) => (calls < 2 ? refuse("ThrottlingException", "Rate exceeded")() : success(JSON.stringify(reportOf(ONE)))),
    });
    expect((await probes).get(ONE)?.kind).toBe("report");
  });

  test("end at once when asking is forbidden", async () => {
    const { probes, inputs } = ask({ GetCommandInvocation: refuse("AccessDeniedException", "no") });
    expect((await probes).get(ONE)).toMatchObject({ kind: "unknown" });
    expect(inputs("GetCommandInvocation")).toHaveLength(1);
  });
});
