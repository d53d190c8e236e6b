import { goesWrong, type Play } from "./scenario.ts";
import { belongings, expectPaged, launched, theServer } from "./server.ts";

export const serverKilled: Play = async (stage) => {
  await stage.run({ minutes: 1 });
  goesWrong(stage, "kill", { instanceId: theServer(stage) });
  await stage.run({ minutes: 45 });
  expectPaged(stage);
  const { volume, address } = belongings(stage);
  stage.expect("the data volume is there and free, and so is the address", volume === undefined && address === undefined);
  stage.expect("the group launched nothing in its place", launched(stage).length === 1);
  stage.expect("Steward did nothing", stage.chronicle.attempts.length === 0);
  stage.expect(
    "CloudWatch told people by itself",
    stage.messages.some(({ subject }) => subject?.includes("service-down")),
  );
};
