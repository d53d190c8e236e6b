import { main } from "@steward/cli/scenarios/main";
import { justAfterSweep } from "@steward/cli/scenarios/scenario";
import { Stage } from "@steward/cli/simulation/stage";
import { drive } from "@steward/simulator/world/drive";
import { expect, test } from "vitest";

/** Granted although no story needs it, with the reason. */
const UNUSED_ON_PURPOSE = [
  /logs:CreateLogStream, logs:PutLogEvents/, // Lambda itself writes logs with the function's role; the account does not model it
  /lambda:GetDurableExecutionState/, // read by the durable SDK only when a run has more than a thousand operations
];

const unused = (stage: Stage): [string, string[]][] =>
  Object.entries(stage.deployed.functions).map(([id, { principal }]) => [id, stage.world.rights.unused(principal)]);

test("every right that a function has is needed by some story, and none is missing", async () => {
  const stage = await Stage.open(1);
  await main(stage);
  await plannedReplacement(stage);
  await deadRun(stage);
  const left = unused(stage).map(([id, lines]) => [id, lines.filter((line) => !UNUSED_ON_PURPOSE.some((reason) => reason.test(line)))]);
  expect(Object.fromEntries(left)).toEqual({ observe: [], remediate: [], alert: [], runbook: [] });
  expect(stage.world.account.record.filter(({ error }) => /AccessDenied|Unauthorized/.test(error ?? ""))).toEqual([]);
}, 120_000);

async function plannedReplacement(stage: Stage): Promise<void> {
  const [instanceId = ""] = stage.serving;
  await invoke(stage, { mode: "plan", runbook: "replace-node", input: { instanceId } });
  await invoke(stage, { mode: "run", runbook: "replace-node", input: { instanceId }, reason: "patch", id: "rights" });
  await stage.waitFor(() => stage.chronicle.runs.some(({ subject, endedAt }) => subject === "request-rights" && endedAt !== null), { minutes: 40 });
}

const invoke = ({ world: { account, operator } }: Stage, payload: unknown): Promise<unknown> =>
  drive(() => account.call(operator, "lambda", "Invoke", { FunctionName: "steward-demo-runbook", Payload: Buffer.from(JSON.stringify(payload)) }));

/** A run that is stopped by hand leaves its lease behind; the sweep frees it. */
async function deadRun(stage: Stage): Promise<void> {
  await justAfterSweep(stage);
  const [sick = ""] = stage.serving;
  stage.fault("hang", (world) => world.machines.get(sick)?.hang({ survivesRestart: true }));
  const running = () => [...stage.world.lambda.executions.values()].find(({ status, name }) => status === "RUNNING" && name.includes("incident"));
  await stage.waitFor(() => running() !== undefined, { minutes: 10 });
  await stage.run({ seconds: 20 });
  await drive(() => stage.world.account.call(stage.world.operator, "lambda", "StopDurableExecution", { DurableExecutionArn: running()?.arn }));
  await stage.waitFor(() => stage.chronicle.runs.some(({ outcome }) => outcome === "died"), { minutes: 10 });
  await stage.waitFor(() => stage.serving.length === 2 && stage.nothingRuns && stage.chronicle.incidents.every(({ state }) => state === "resolved"), {
    minutes: 40,
  });
  expect(stage.serving).not.toContain(sick);
}
