import { afterAll, beforeAll } from "vitest";
import { emptyLedger, ledgerContract } from "../aws/ledger-contract.ts";
import { type MotoServer, startMoto } from "./moto-server.ts";

let moto: MotoServer;
let tables = 0;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto?.stop());

ledgerContract({
  fresh: () => emptyLedger(moto.clients.dynamoDb, `steward-${++tables}`),
  run: (work) => work(),
  /** moto checks a condition and writes in two moments, so two requests at once may both pass: one after the other. */
  together: async (works) => {
    const results = [];
    for (const work of works) results.push(await work());
    return results;
  },
});
