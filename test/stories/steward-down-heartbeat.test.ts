import { createClients } from "@steward/aws/clients";
import { createHeartbeat } from "@steward/aws/heartbeat";
import { REGION } from "@steward/simulator/account/account";
import { createAccount } from "@steward/simulator/simulated-account";
import { drive } from "@steward/simulator/world/drive";
import { expect, test } from "vitest";
import { emptyLedger } from "../aws/ledger-contract.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 5, 9, minute));

async function heartbeat() {
  const { operator, requestHandler } = createAccount({ code: new Map(), seed: 7 });
  const { dynamoDb } = createClients({ region: REGION, credentials: operator, requestHandler });
  await drive(() => emptyLedger(dynamoDb, "steward-beats"));
  return createHeartbeat(dynamoDb, "steward-beats");
}

test("no sweep is on record before the first", async () => {
  const beats = await heartbeat();
  expect(await drive(() => beats.successes())).toEqual(new Map());
});

test("a sweep that ends late never makes Steward look older than it is", async () => {
  const beats = await heartbeat();
  for (const minute of [5, 10, 5, 10]) await drive(() => beats.beat("sweep", at(minute)));
  expect(await drive(() => beats.successes())).toEqual(new Map([["sweep", at(10)]]));
});

test("two sweeps at once leave the newer one, whichever comes first", async () => {
  const beats = await heartbeat();
  await drive(() => Promise.all([15, 20, 10].map((minute) => beats.beat("sweep", at(minute)))));
  expect(await drive(() => beats.successes())).toEqual(new Map([["sweep", at(20)]]));
});
