import { SWEEP } from "@steward/core/fleet/heartbeat";
import { survey } from "@steward/core/survey/survey";
import { beat } from "./beat.ts";
import { performAll } from "./perform.ts";
import { recognise } from "./recognise.ts";
import type { Runtime } from "./runtime.ts";
import { seeFleet } from "./see-fleet.ts";
import { handle } from "./stack.ts";

/** Every trigger comes in here: it says where to look, and all facts decide. */
export const observe = (runtime: Runtime) =>
  handle(runtime, "observe", async (event) => {
    const hint = recognise(event, "observe", runtime);
    const facts = await seeFleet(runtime, hint);
    const duties = survey(facts, runtime.policy, facts.at);
    runtime.logger.info("observed", { hint, duties: duties.map(({ duty }) => duty) });
    await performAll(runtime, facts, duties);
    if (hint.kind === "sweep") await beat(runtime, SWEEP, facts.at);
    return { hint, duties: duties.map(({ duty }) => duty) };
  });
