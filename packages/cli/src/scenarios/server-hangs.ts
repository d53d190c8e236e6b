import { goesWrong, isHandled, isWell, justAfterSweep, type Play } from "./scenario.ts";
import { belongings, expectPaged, launched, theServer } from "./server.ts";

export const serverHangs: Play = async (stage) => {
  await justAfterSweep(stage);
  const server = theServer(stage);
  goesWrong(stage, "hang-once", { instanceId: server });
  await stage.waitFor(() => isWell(stage), { minutes: 30 });
  stage.expect("a restart helped", stage.chronicle.attempts.length === 1 && stage.chronicle.incidents.every(isHandled));
  stage.expect("people got one opening and one recovery message", stage.announcements.length === 2);
  await stage.run({ minutes: 2 });
  goesWrong(stage, "hang", { instanceId: server });
  await stage.run({ minutes: 40 });
  const { attempts } = stage.chronicle;
  expectPaged(stage);
  stage.expect("the service was restarted once more, and nothing else was tried", attempts.length === 2 && attempts.every(isRestart));
  stage.expect("the same server keeps volume and address", belongings(stage).volume === server && belongings(stage).address === server);
  stage.expect("no other instance was ever launched", launched(stage).length === 1);
};

const isRestart = ({ runbook }: { runbook: string }): boolean => runbook === "restart-service";
