import { main } from "@steward/cli/scenarios/main";
import { justAfterSweep } from "@steward/cli/scenarios/scenario";
import { Stage } from "@steward/cli/simulation/stage";
import type { PolicyDocument } from "@steward/core/topology/policy";
import { drive } from "@steward/simulator/world/drive";

/** Policies by the name of the role that has them; a function's role has the function's name. */
export type RolePolicies = Readonly<Record<string, PolicyDocument>>;

/** What the roles of a stage were granted and never needed, and what was refused to anybody. */
export interface RightsReport {
  /** Role name to sentences; empty where every grant was needed. */
  unused: Record<string, string[]>;
  /** Calls that were refused: operation and who made it. */
  refused: string[];
}

/**
 * Plays everything that a fleet can need in one world, with the topology's own policies, or with others in their place
 * (those that a deploy really creates, for example). Fails when a given role is not one that anybody has.
 */
export async function tellRightsStory(policies: RolePolicies = {}): Promise<RightsReport> {
  const stage = await Stage.open(1);
  replacePolicies(stage, policies);
  await main(stage);
  await plannedReplacement(stage);
  await deadRun(stage);
  const { account, rights } = stage.world;
  const refused = account.record.filter(({ error }) => /AccessDenied|Unauthorized|NotAuthorized/.test(error ?? ""));
  return {
    unused: Object.fromEntries(roles(stage).map(([name, principal]) => [name, rights.unused(principal)])),
    refused: refused.map(({ service, operation, principal }) => `${service}:${operation} by ${principal}`),
  };
}

/** Roles by name, each with one of its sessions; all sessions of a role share its policy. */
const roles = ({ world }: Stage) =>
  [...world.account.principals.values()].flatMap((principal) => {
    const [, name] = /:assumed-role\/([^/]+)\//.exec(principal.arn) ?? [];
    return name === undefined ? [] : [[name, principal] as const];
  });

function replacePolicies(stage: Stage, policies: RolePolicies): void {
  const known = new Set(roles(stage).map(([name]) => name));
  const unknown = Object.keys(policies).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`nobody in the account has the role ${unknown.join(", ")}`);
  for (const [name, principal] of roles(stage)) principal.policy = policies[name] ?? principal.policy;
}

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
  const over = await stage.waitFor(
    () => stage.serving.length === 2 && stage.nothingRuns && stage.chronicle.incidents.every(({ state }) => state === "resolved"),
    { minutes: 40 },
  );
  if (!over || stage.serving.includes(sick)) throw new Error("the story did not end as told: the sick node still serves, or something is still open");
}
