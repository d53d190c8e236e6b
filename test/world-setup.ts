/** Loaded before any other import: the world's clock and chance replace the machine's, and its AWS settings are hidden. */
import { installWorld } from "@steward/simulator/world/install";

installWorld();
const { hideMachineConfig } = await import("@steward/simulator/account/machine-config");
hideMachineConfig();
// The stories look at what happened, not at the log; set it to DEBUG to read along.
process.env.POWERTOOLS_LOG_LEVEL ??= "SILENT";
