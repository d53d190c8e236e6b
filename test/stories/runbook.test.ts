import { Stage } from "@steward/cli/simulation/stage";
import { RUNBOOK_IDS } from "@steward/core/runbooks/runbook";
import { drive } from "@steward/simulator/world/drive";
import { beforeEach, expect, test } from "vitest";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open(5);
});

/** Invokes the function as an operator would from a shell, and waits for its answer. */
async function invoke(payload: unknown): Promise<Record<string, unknown>> {
  const { account, operator } = stage.world;
  const answer = await drive(() =>
    account.call(operator, "lambda", "Invoke", { FunctionName: "steward-demo-runbook", Payload: Buffer.from(JSON.stringify(payload)) }),
  );
  return JSON.parse(Buffer.from((answer as { Payload: Uint8Array }).Payload).toString()) as Record<string, unknown>;
}

test("lists every runbook with its words", async () => {
  const { runbooks } = await invoke({ mode: "list" });
  const words = expect.stringMatching(/\w+ .+/);
  expect(runbooks).toMatchObject(RUNBOOK_IDS.map((id) => ({ id, summary: words, impact: words })));
});

test("answers a wrong request with what is allowed", async () => {
  expect(await invoke({ mode: "destroy" })).toMatchObject({ modes: ["list", "status", "snapshots", "images", "plan", "run"] });
  expect((await invoke({ mode: "plan", runbook: "replace-node", input: { instanceId: "i-1", colour: "red" } })).error).toMatch(/colour/);
});

test("plans a planned replacement: the stand-in first, the old node last, and changes nothing", async () => {
  const [node = ""] = stage.serving;
  const plan = await invoke({ mode: "plan", runbook: "replace-node", input: { instanceId: node } });
  expect(plan.steps).toEqual([
    expect.stringContaining("set-desired-capacity desired=3"),
    expect.stringContaining(`isolate ${node}`),
    expect.stringContaining(`retire ${node}`),
  ]);
  expect(stage.chronicle.attempts).toEqual([]);
});

test("replaces a serving node on request without ever serving less than two, and the same id twice is one run", async () => {
  const [node = ""] = stage.serving;
  const request = { mode: "run", runbook: "replace-node", input: { instanceId: node }, reason: "kernel patch", id: "patch-1" };
  await invoke(request);
  await invoke(request);
  await stage.waitFor(() => stage.chronicle.runs.some(({ subject, endedAt }) => subject === "request-patch-1" && endedAt !== null), { minutes: 40 });
  expect(stage.chronicle.attempts.filter(({ runbook }) => runbook === "replace-node")).toMatchObject([{ resource: node, outcome: "done" }]);
  expect(stage.serving).toHaveLength(2);
  expect(stage.serving).not.toContain(node);
  expect(Math.min(...stage.servingHistory.map(({ serving }) => serving))).toBe(2);
  expect(stage.traffic.failed).toBe(0);
  expect(stage.world.autoscaling.groups.get("steward-demo")?.desired).toBe(2);
});

test("says that an id was used before for another request, and starts nothing", async () => {
  const [first = "", second = ""] = stage.serving;
  const request = (instanceId: string) => invoke({ mode: "run", runbook: "restart-service", input: { instanceId }, reason: "try", id: "again" });
  expect(await request(first)).toMatchObject({ started: "demo-request-again-1", execution: expect.stringContaining("demo-request-again-1") });
  expect(await request(second)).toEqual({ error: expect.stringContaining("the id again was used before") });
  await stage.run({ minutes: 5 });
  expect(stage.chronicle.attempts.map(({ resource }) => resource)).toEqual([first]);
});

test("refuses to restart a node while the switch is off, and says so in the plan", async () => {
  const [node = ""] = stage.serving;
  await drive(() =>
    stage.world.account.call(stage.world.operator, "ssm", "PutParameter", {
      Name: "/steward/demo/switch",
      Value: '{"position":"off","because":"audit"}',
      Type: "String",
      Overwrite: true,
    }),
  );
  const plan = await invoke({ mode: "plan", runbook: "restart-service", input: { instanceId: node } });
  expect(plan.wouldRefuse).toMatchObject([{ guard: "switch-off", because: expect.stringContaining("audit") }]);
  await invoke({ mode: "run", runbook: "restart-service", input: { instanceId: node }, reason: "try", id: "try-1" });
  await stage.run({ minutes: 3 });
  expect(stage.chronicle.attempts).toEqual([]);
});
