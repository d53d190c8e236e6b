/** A process that serves an account with an empty vault for stage `demo`, prints its port, and ends with its standard input. */
import { SECRET_IDS } from "@steward/core/desired/vault";
import { installWorld } from "@steward/simulator/world/install";

installWorld();
const { followRealTime, serve } = await import("@steward/simulator/account/http");
const { drive } = await import("@steward/simulator/world/drive");
const { emptyVault } = await import("../simulator/account/a-vault.ts");

const { account } = await drive(() => emptyVault(1, "demo", SECRET_IDS));
followRealTime();
const { port } = await serve(account, { port: 0, host: "127.0.0.1" });
process.stdout.write(`${port}\n`);
process.stdin.resume().once("close", () => process.exit());
