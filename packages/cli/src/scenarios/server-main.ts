import { allServe, goesWrong, isHandled, justAfterSweep, type Play } from "./scenario.ts";
import { belongings, bringNewServer, expectPaged, launched, theServer, twoSweeps } from "./server.ts";
import { serviceCrash } from "./service-crash.ts";

/** The main job in three acts: repair what a restart repairs, leave alone what carries the only copy of the data, and take it up again when a human has let it go. */
export const serverMain: Play = async (stage) => {
  stage.act("The service crashes", "a restart helps");
  await serviceCrash(stage);
  await justAfterSweep(stage);
  const server = theServer(stage);
  stage.act("It hangs, and a restart will not help", "the only cure left is another server, and the data is on this one");
  goesWrong(stage, "hang", { instanceId: server });
  await stage.waitFor(() => stage.chronicle.incidents.some(({ state }) => state === "paged"), { minutes: 20 });
  await stage.run({ minutes: 15 });
  expectPaged(stage);
  stage.expect("the same server keeps volume and address", belongings(stage).volume === server && belongings(stage).address === server);
  stage.act("A human ends the old server", "that frees its volume, and Steward gives volume and address to the next");
  await bringNewServer(stage, server);
  await stage.waitFor(() => allServe(stage), { minutes: 5 });
  await twoSweeps(stage);
  const fresh = theServer(stage);
  const { incidents, attempts } = stage.chronicle;
  stage.expect(
    "another server serves, with the volume and the address",
    fresh !== server && belongings(stage).volume === fresh && belongings(stage).address === fresh,
  );
  stage.expect(
    "Steward let the old one go through its hook",
    attempts.filter(({ runbook, outcome }) => runbook === "retire-node" && outcome === "done").length === 1,
  );
  stage.expect("the group launched one in its place", launched(stage).length === 2);
  stage.expect("nothing is left open, and people know", incidents.every(isHandled) && stage.announcements.length === 2 * incidents.length + 1);
};
