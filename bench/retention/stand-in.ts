/** One contender in one scenario, against an account of their own in this process; tells its parent what came of it. */
import { installWorld } from "@steward/simulator/world/install";

const wallClock = Date.now.bind(Date);
installWorld();
process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
const { compete } = await import("./compete.ts");

const [text = "{}"] = process.argv.slice(2);
process.once("disconnect", () => process.exit());
// Its parent ends it: a message of a process that ends by itself may come after its end.
process.channel?.ref();
process.send?.(await compete(JSON.parse(text), wallClock));
