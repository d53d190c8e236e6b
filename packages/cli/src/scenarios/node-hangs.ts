import { expectReplaced, goesWrong, isWell, justAfterSweep, type Play } from "./scenario.ts";

export const nodeHangs: Play = async (stage) => {
  await justAfterSweep(stage);
  const [sick = ""] = stage.serving;
  goesWrong(stage, "hang", { instanceId: sick });
  await stage.waitFor(() => isWell(stage), { minutes: 45 });
  expectReplaced(stage, sick);
};
