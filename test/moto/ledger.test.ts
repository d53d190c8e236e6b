import { afterAll, beforeAll } from "vitest";
import { emptyLedger, ledgerContract } from "../aws/ledger-contract.ts";
import { type MotoServer, startMoto } from "./moto-server.ts";

let moto: MotoServer;
let tables = 0;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto?.stop());

ledgerContract(() => emptyLedger(moto.clients.dynamoDb, `steward-${++tables}`));
