import { fork } from "node:child_process";
import { createClients } from "@steward/aws/clients";
import { plainItem } from "@steward/aws/plain-item";
import { createRuns } from "@steward/aws/runs";
import { functionCode } from "@steward/cli/simulation/code";
import { type RunOrder, runName } from "@steward/core/apply/order";
import { PruneRecord } from "@steward/core/snapshots/prune-record";
import { arns } from "@steward/core/topology/arns";
import type { Topology } from "@steward/core/topology/topology";
import { loadDurable } from "@steward/functions/load-durable";
import { followRealTime, serve } from "@steward/simulator/account/http";
import type { SimulatedAccount } from "@steward/simulator/simulated-account";
import { machineDelay, machineTime } from "@steward/simulator/world/install";
import { openAccount, STAGE } from "./account.ts";
import type { Code } from "./bundle-contenders.ts";
import { openDoor, type Traffic } from "./door.ts";
import { FunctionProcesses, idle } from "./function-process.ts";
import { AS_IN_LAMBDA, type LoopDone, type LoopTask, type Used } from "./messages.ts";
import { type ContenderId, MEASURED_PROCESSES, type Result, type Scenario } from "./scenarios.ts";
import { Snapshots } from "./snapshots.ts";

/** What a contender says of itself when it is done. */
type Told = Pick<Result, "named" | "said" | "processes" | "invocations" | "peakMb" | "cpuSeconds">;

interface Arena {
  world: SimulatedAccount;
  topology: Topology;
  snapshots: Snapshots;
  endpoint: string;
  functions: FunctionProcesses;
  files: Code;
}

interface Task {
  scenario: Scenario;
  contender: ContenderId;
  code: Code;
}

/** Lets one contender prune, and counts from outside what it did. `wallClock` is the machine's own, in milliseconds. */
export async function compete({ scenario, contender, code: files }: Task, wallClock: () => number): Promise<Result> {
  await loadDurable();
  const functions = new FunctionProcesses();
  const code = functionCode();
  // Whoever else would take or prune snapshots keeps still.
  idle(code, "keep-snapshots");
  const place = { endpoint: "", shiftMs: 0, file: files.steward };
  code.set(
    "remediate",
    functions.codeAt(() => place),
  );
  const { world, topology, volumeId } = await openAccount(scenario, code);
  const snapshots = new Snapshots(scenario, { stage: STAGE, volumeId, newest: lastHour() });
  const { aside, traffic } = openDoor({ account: world.account, snapshots, scenario, principal: world.operator });
  const { port, close } = await serve(world.account, { port: 0, host: "127.0.0.1", aside });
  const time = followRealTime();
  place.endpoint = `http://127.0.0.1:${port}`;
  place.shiftMs = Date.now() - wallClock();
  const result = await measured(scenario, contender, { arena: { world, topology, snapshots, endpoint: place.endpoint, functions, files }, traffic });
  functions.end();
  time.stop();
  await close();
  return result;
}

async function measured(scenario: Scenario, contender: ContenderId, { arena, traffic }: { arena: Arena; traffic: Traffic }): Promise<Result> {
  const { world, snapshots } = arena;
  const before = world.account.record.length;
  const began = machineTime();
  const told = await CONTENDERS[contender](scenario, arena);
  const factor = contender === "process-each" ? scenario.due / MEASURED_PROCESSES : 1;
  return {
    scenario: scenario.id,
    contender,
    wallSeconds: ((machineTime() - began) / 1000) * factor,
    extrapolated: factor !== 1,
    snapshotCalls: multiplied(traffic.calls, factor),
    otherCalls: multiplied(othersOf(arena, before, contender), factor),
    throttled: traffic.throttled,
    left: factor === 1 ? snapshots.left : 0,
    lost: snapshots.lost,
    ...told,
  };
}

const CONTENDERS: Record<ContenderId, (scenario: Scenario, arena: Arena) => Promise<Told>> = {
  steward: prunedBySteward,
  sequential: (_scenario, arena) => loop("sequential", arena),
  "two-workers": (_scenario, arena) => loop("two-workers", arena),
  "process-each": async (scenario, arena) => {
    const all: Told[] = [];
    for (const id of arena.snapshots.someDue(MEASURED_PROCESSES)) all.push(await loop("sequential", arena, [id]));
    const cpuSeconds = all.reduce((sum, one) => sum + one.cpuSeconds, 0) * (scenario.due / all.length);
    return { named: 0, said: "", processes: all.length, invocations: all.length, peakMb: Math.max(...all.map(({ peakMb }) => peakMb)), cpuSeconds };
  },
};

/** As the schedule asks for it: one durable run of `prune-snapshots`. */
async function prunedBySteward(_scenario: Scenario, { world, topology, functions }: Arena): Promise<Told> {
  const { operator: credentials, requestHandler, lambda, dynamodb } = world;
  const { lambda: client } = createClients({ region: topology.place.region, credentials, requestHandler });
  const subject: RunOrder["subject"] = {
    kind: "duty",
    id: "prune",
    runbook: "prune-snapshots",
    input: {},
    because: "some are due",
  };
  const name = runName(STAGE, subject, 0);
  await createRuns(client, `${arns(STAGE, topology.place).function("remediate")}:live`).start(name, { name, subject });
  const execution = () => [...lambda.executions.values()].find((one) => one.name === name);
  while (execution()?.status === "RUNNING") await machineDelay(20);
  const [pruning] = dynamodb.items(topology.table.name, "PRUNING").map((item) => PruneRecord.parse(plainItem(item)));
  return {
    named: pruning?.failed.length ?? 0,
    said: `${execution()?.status}: ${execution()?.result ?? execution()?.error?.ErrorMessage}; ${pruning ? inWords(pruning) : "no pruning on record"}`,
    processes: functions.processes,
    invocations: functions.invocations,
    ...inMegabytes(functions.usedByAll),
  };
}

const inWords = ({ status, deleted, kept, failures, deferred, because }: PruneRecord): string =>
  `${status}, ${deleted} deleted, ${kept} kept, ${failures} failed, ${deferred} deferred${because ? `: ${because}` : ""}`;

async function loop(way: ContenderId, { snapshots, endpoint, files }: Arena, ids?: string[]): Promise<Told> {
  const task: LoopTask = { endpoint, dueBefore: snapshots.dueBefore.toISOString(), stage: STAGE, ids };
  const child = fork(files.loop, [way, JSON.stringify(task)], { ...AS_IN_LAMBDA, env: {} });
  const { deleted, named, used } = await new Promise<LoopDone>((resolve, reject) => {
    child.once("message", (done) => {
      resolve(done as LoopDone);
      child.disconnect();
    });
    child.once("exit", (code) => reject(new Error(`the loop ended with ${code} and said nothing`)));
  });
  return { named, said: `${deleted} deleted, ${named} errors`, processes: 1, invocations: 1, ...inMegabytes(used) };
}

/** Calls that the account answered, by whom they were made. */
function othersOf({ world, topology }: Arena, from: number, contender: ContenderId): Record<string, number> {
  const remediate = topology.functions.find(({ handler }) => handler === "remediate")?.name;
  const theirs = world.account.record
    .slice(from)
    .filter(({ functionName, principal }) => (contender === "steward" ? functionName === remediate : principal === world.operator.arn));
  const names = theirs.map(({ service, operation }) => `${service}:${operation}`);
  return Object.fromEntries([...new Set(names)].sort().map((name) => [name, names.filter((other) => other === name).length]));
}

const multiplied = (calls: Record<string, number>, factor: number): Record<string, number> =>
  Object.fromEntries(Object.entries(calls).map(([name, count]) => [name, Math.round(count * factor)]));

const inMegabytes = ({ peakKb, cpuSeconds }: Used): Pick<Told, "peakMb" | "cpuSeconds"> => ({ peakMb: Math.round(peakKb / 1024), cpuSeconds });

/** The newest slot is not taken to be missing, and none lies in the future. */
function lastHour(): Date {
  const hour = 60 * 60 * 1000;
  return new Date(Math.floor(Date.now() / hour) * hour);
}
