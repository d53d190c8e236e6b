import { ends, expectReplaced, goesWrong, isWell, justAfterSweep, type Play } from "./scenario.ts";

export const alarmLost: Play = async (stage) => {
  await justAfterSweep(stage);
  const [sick = ""] = stage.serving;
  goesWrong(stage, "event-lost", { share: 1, detailTypes: ["CloudWatch Alarm State Change"] });
  goesWrong(stage, "hang", { instanceId: sick });
  await stage.waitFor(() => isWell(stage), { minutes: 45 });
  ends(stage, "event-lost");
  expectReplaced(stage, sick);
};
