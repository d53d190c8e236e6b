import { createNodes } from "@steward/aws/nodes";
import { Permanent } from "@steward/core/errors";
import { REPORT_END } from "@steward/core/fleet/probe";
import { nodeDocument } from "@steward/core/topology/document";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { counts, proofOf } from "../core/proof/builders.ts";
import { reportOf as databaseReportOf } from "../core/proof/database/builders.ts";
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

describe("a proof", () => {
  const proofReport = proofOf({ instanceId: ONE, at: START });
  const proof = (answer: object) => inTime(given({ GetCommandInvocation: () => answer }).nodes.proof("command-1", ONE));

  test("is asked for by a command that may take a quarter of an hour", async () => {
    const { nodes, inputs } = given({});
    expect(await inTime(nodes.ask(ONE))).toBe(`command-${ONE}`);
    expect(inputs("SendCommand")).toMatchObject([{ InstanceIds: [ONE], Parameters: { verb: ["prove"], executionTimeout: ["900"] } }]);
  });

  test("is under way until the command has ended, or is known at all", async () => {
    expect(await proof({ Status: "InProgress" })).toEqual({ kind: "running" });
    const { nodes } = given({ GetCommandInvocation: refuse("InvocationDoesNotExist", "not yet") });
    expect(await inTime(nodes.proof("command-1", ONE))).toEqual({ kind: "running" });
  });

  test("is what the server says of the copy", async () => {
    expect(await proof(success(JSON.stringify(proofReport)))).toEqual({ kind: "report", report: proofReport });
  });

  test.each([
    ["the command failed", { Status: "Failed", StatusDetails: "ExecutionTimedOut", ResponseCode: 137 }, "ended as ExecutionTimedOut (exit code 137)"],
    ["AWS says little", { Status: "Failed" }, "ended as Failed (exit code unknown)"],
    ["it is cut off", success(JSON.stringify(proofReport).slice(0, -5)), "cut off"],
    ["there is nothing", { Status: "Success" }, "cut off"],
    ["it is another server's", success(JSON.stringify({ ...proofReport, instanceId: TWO })), "another server"],
  ])("is unknown where %s", async (_what, answer, because) => {
    expect(await proof(answer)).toEqual({ kind: "unknown", because: expect.stringContaining(because) });
  });
});

describe("a report on the database", () => {
  const report = databaseReportOf({ instanceId: ONE, at: START });
  const answered = (answer: object) => inTime(given({ GetCommandInvocation: () => answer }).nodes.databaseProof("command-1", ONE));

  test("is asked for by a command that names the copy", async () => {
    const { nodes, inputs } = given({});
    expect(await inTime(nodes.askDatabase(ONE, { host: "h", port: 5432 }))).toBe(`command-${ONE}`);
    const [{ InstanceIds, Parameters }] = inputs("SendCommand") as [{ InstanceIds: string[]; Parameters: Record<string, string[]> }];
    expect([InstanceIds, Parameters.verb, Parameters.executionTimeout]).toEqual([[ONE], ["prove-database"], ["300"]]);
    expect(JSON.parse(Buffer.from(Parameters.payload?.[0] ?? "", "base64url").toString())).toMatchObject({ copy: { host: "h", port: 5432 } });
  });

  test("is under way, and then what the node says", async () => {
    expect(await answered({ Status: "InProgress" })).toEqual({ kind: "running" });
    expect(await answered(success(JSON.stringify(report)))).toEqual({ kind: "report", report });
  });

  test.each([
    ["the command failed", { Status: "Failed", StatusDetails: "ExecutionTimedOut", ResponseCode: 137 }, "ended as ExecutionTimedOut (exit code 137)"],
    ["AWS says little", { Status: "Failed" }, "ended as Failed (exit code unknown)"],
    ["there is nothing", { Status: "Success" }, "cut off"],
    ["it is another node's", success(JSON.stringify({ ...report, instanceId: TWO })), "another node"],
  ])("is unknown where %s", async (_what, answer, because) => {
    expect(await answered(answer)).toEqual({ kind: "unknown", because: expect.stringContaining(because) });
  });
});

describe("a count", () => {
  const report = { count: 1 as const, instanceId: ONE, at: START, ...counts(), end: REPORT_END };
  const counted = (answer: object) => inTime(given({ GetCommandInvocation: () => answer }).nodes.counted("command-1", ONE));

  test("is asked for by a command that may take two minutes", async () => {
    const { nodes, inputs } = given({});
    expect(await inTime(nodes.count(ONE))).toBe(`command-${ONE}`);
    expect(inputs("SendCommand")).toMatchObject([{ InstanceIds: [ONE], Parameters: { verb: ["count"], executionTimeout: ["120"] } }]);
  });

  test("is what the server says, once it has", async () => {
    expect(await counted({ Status: "InProgress" })).toEqual({ kind: "running" });
    expect(await counted(success(JSON.stringify(report)))).toEqual({ kind: "report", report });
  });

  test.each([
    ["the command failed", { Status: "Failed", StatusDetails: "Failed", ResponseCode: 2 }, "the counting ended as Failed (exit code 2)"],
    ["AWS says little", { Status: "Failed" }, "ended as Failed (exit code unknown)"],
    ["there is nothing", { Status: "Success" }, "cut off"],
    ["it is another server's", success(JSON.stringify({ ...report, instanceId: TWO })), "another server"],
  ])("is unknown where %s", async (_what, answer, because) => {
    expect(await counted(answer)).toEqual({ kind: "unknown", because: expect.stringContaining(because) });
  });
});

describe("a freeze", () => {
  const context = { key: "run/1.1/freeze-1", epoch: 7, notAfter: later(20) };
  type Verb = "quiesce" | "thaw";
  const receipt = (but: object = {}) => JSON.stringify({ key: context.key, verb: "quiesce", epoch: 7, at: START.toISOString(), outcome: "done", ...but });

  /** The answer comes after so many seconds; before, the command is under way. */
  function asked<V extends Verb>(verb: V, answer: object, after = 2) {
    const aws = given({ GetCommandInvocation: () => (Date.now() < later(after).getTime() ? { Status: "InProgress" } : answer) });
    return { ...aws, said: inTime<unknown>(aws.nodes[verb](ONE, context)) };
  }

  test("counts when the node says so in time", async () => {
    const { said, inputs } = asked("quiesce", success(receipt()));
    expect(await said).toEqual({ frozen: true });
    const [{ Parameters }] = inputs("SendCommand") as [{ Parameters: Record<"verb" | "payload", string[]> }];
    expect(Parameters.verb).toEqual(["quiesce"]);
    expect(JSON.parse(Buffer.from(Parameters.payload[0] ?? "", "base64url").toString())).toEqual({ ...context, notAfter: later(20).toISOString() });
  });

  test("counts for nothing when the node says so late: its timer may have gone off", async () => {
    expect(await asked("quiesce", success(receipt()), 21).said).toEqual({ frozen: false, because: "the node did not answer within 20 s" });
    expect(Date.now()).toBeLessThan(later(22).getTime());
  });

  test("counts for nothing when the answer itself was on its way for too long", async () => {
    const slow = () => new Promise((resolve) => setTimeout(() => resolve(success(receipt())), 25_000));
    const { nodes } = given({ GetCommandInvocation: slow });
    expect(await inTime(nodes.quiesce(ONE, context))).toEqual({ frozen: false, because: "the node did not answer within 20 s" });
  });

  const STRANGE = "the node's answer is cut off or that to another command";
  test.each([
    ["says that it failed", { Status: "Failed", ResponseCode: 1, StandardOutputContent: receipt({ outcome: "failed", because: "busy" }) }, "busy"],
    ["refuses", { Status: "Failed", ResponseCode: 3, StandardOutputContent: receipt({ outcome: "refused", because: "too late" }) }, "too late"],
    ["does not say why", { Status: "Failed", ResponseCode: 4, StandardOutputContent: "" }, "the command ended as Failed (exit code 4)"],
    ["was not reached", { Status: "TimedOut", StatusDetails: "DeliveryTimedOut" }, "the command ended as DeliveryTimedOut (exit code unknown)"],
    ["is cut off", success(receipt().slice(0, -5)), STRANGE],
    ["says nothing", { Status: "Success" }, STRANGE],
    ["speaks of another command", success(receipt({ key: "run/1.0" })), STRANGE],
    ["has not done it yet", success(receipt({ outcome: "running" })), STRANGE],
  ])("counts for nothing when the node %s", async (_what, answer, because) => {
    expect(await asked("quiesce", answer).said).toEqual({ frozen: false, because });
  });

  test("ends with a thaw that says whether it held", async () => {
    expect(await asked("thaw", success(receipt()), 59).said).toEqual({ held: true });
    vi.setSystemTime(START);
    const because = "the dead man's timer had thawed the volume: the snapshot is not consistent";
    const answer = { Status: "Failed", StandardOutputContent: receipt({ outcome: "failed", because }) };
    expect(await asked("thaw", answer).said).toEqual({ held: false, because });
    vi.setSystemTime(START);
    expect(await asked("thaw", success(receipt()), 61).said).toEqual({ held: false, because: "the node did not answer within 60 s" });
  });

  test("did not hold when the node can't be asked", async () => {
    const { nodes } = given({ SendCommand: refuse("InvalidInstanceId", "not managed") });
    expect(await nodes.quiesce(ONE, context)).toEqual({ frozen: false, because: expect.stringContaining("InvalidInstanceId") });
    expect(await nodes.thaw(ONE, context)).toEqual({ held: false, because: expect.stringContaining("InvalidInstanceId") });
  });
});
