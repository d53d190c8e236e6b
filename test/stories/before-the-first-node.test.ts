import { functionCode } from "@steward/cli/simulation/code";
import { loadDurable } from "@steward/functions/load-durable";
import { deploy } from "@steward/simulator/deploy/deploy";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import { expect, test } from "vitest";
import { haTopology, singleTopology } from "../settings.ts";

const HOUR = 60 * 60_000;

test.each([haTopology(), singleTopology()])(
  "after a first deploy of $kind there is no node yet: sweeps succeed, nothing is opened, and nobody is told",
  async (topology) => {
    await loadDurable();
    const world = createAccount({ code: functionCode(), seed: 1 });
    await drive(() => deploy(world, topology));
    await advance(3 * HOUR);
    const delivered = [...world.sns.topics.values()].flatMap(({ subscriptions }) => subscriptions.flatMap((subscription) => subscription.delivered));
    const failed = world.account.record.filter(({ error, functionName }) => functionName && error && !["ParameterNotFound", "Throttling"].includes(error));
    expect(delivered.map(({ subject }) => subject)).toEqual([]);
    expect(failed).toEqual([]);
    expect(world.dynamodb.items(topology.table.name, "OPEN")).toEqual([]);
    expect(world.dynamodb.items(topology.table.name, "heartbeat").map(({ sk }) => sk?.S)).toContain("sweep");
    expect(world.sqs.queues.get(topology.deadLetter.name)?.messages).toEqual([]);
    const ringing = [...world.cloudwatch.alarms.values()].filter(({ state }) => state.value === "ALARM").map(({ name }) => name);
    expect(ringing.sort()).toEqual(
      topology.kind === "ha" ? ["healthy-hosts-low", "no-healthy-hosts", "no-node-in-service"].map((id) => `steward-demo-${id}`) : expect.any(Array),
    );
  },
);
