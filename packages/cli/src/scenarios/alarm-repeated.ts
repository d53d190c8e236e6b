import { ends, expectReplaced, goesWrong, isWell, justAfterSweep, type Play } from "./scenario.ts";

export const alarmRepeated: Play = async (stage) => {
  await justAfterSweep(stage);
  const [sick = ""] = stage.serving;
  goesWrong(stage, "event-repeated");
  goesWrong(stage, "hang", { instanceId: sick });
  await stage.waitFor(() => isWell(stage), { minutes: 45 });
  ends(stage, "event-repeated");
  expectReplaced(stage, sick);
};
