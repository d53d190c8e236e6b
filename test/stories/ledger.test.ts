import { createClients } from "@steward/aws/clients";
import { REGION } from "@steward/simulator/account/account";
import { createAccount } from "@steward/simulator/simulated-account";
import { drive } from "@steward/simulator/world/drive";
import { atOnce, emptyLedger, ledgerContract } from "../aws/ledger-contract.ts";

/** The same promises as over moto, here with DynamoDB's latency and stale reads in virtual time. */
ledgerContract({
  fresh: () => {
    const { operator, requestHandler } = createAccount({ code: new Map(), seed: 7 });
    return emptyLedger(createClients({ region: REGION, credentials: operator, requestHandler }).dynamoDb, "steward-contract");
  },
  run: drive,
  together: atOnce,
});
