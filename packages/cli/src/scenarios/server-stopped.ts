import { goesWrong, isHandled, type Play } from "./scenario.ts";
import { belongings, byHand, expectPaged, launched, theServer, twoSweeps } from "./server.ts";

export const serverStopped: Play = async (stage) => {
  await stage.run({ minutes: 1 });
  const server = theServer(stage);
  goesWrong(stage, "stop", { instanceId: server });
  await stage.run({ minutes: 45 });
  expectPaged(stage);
  stage.expect("the stopped server keeps volume and address", belongings(stage).volume === server && belongings(stage).address === server);
  await byHand(stage, (operator) => operator("ec2", "StartInstances", { InstanceIds: [server] }));
  await stage.waitFor(() => stage.serving.includes(server), { minutes: 10 });
  await twoSweeps(stage);
  const { incidents, attempts } = stage.chronicle;
  stage.expect("the same server serves again, and the incident is closed", stage.serving.includes(server) && incidents.every(isHandled));
  stage.expect("Steward did nothing, and the group launched nothing", attempts.length === 0 && launched(stage).length === 1);
  stage.expect("people got one page and one recovery message", stage.announcements.length === 2);
};
