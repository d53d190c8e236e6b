import { expectReplaced, goesWrong, isWell, type Play } from "./scenario.ts";

export const nodeHangs: Play = async (stage) => {
  await stage.run({ minutes: 1 });
  const [sick = ""] = stage.serving;
  goesWrong(stage, "hang", { instanceId: sick });
  await stage.waitFor(() => isWell(stage), { minutes: 45 });
  expectReplaced(stage, sick);
};
