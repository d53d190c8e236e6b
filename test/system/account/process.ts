import { installWorld } from "@steward/simulator/world/install";

const now = new Date();
installWorld();
const { openAccount } = await import("./stage.ts");
const open = await openAccount(now, process.argv[2] === "single" ? "single" : "ha");
process.stdout.write(`${JSON.stringify(open)}\n`);
// Whoever started this holds its input open.
process.stdin.resume().once("end", () => process.exit());
