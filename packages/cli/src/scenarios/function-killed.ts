import { ends, expectReplaced, goesWrong, isWell, type Play } from "./scenario.ts";

export const functionKilled: Play = async (stage) => {
  await stage.run({ minutes: 1 });
  const [sick = ""] = stage.serving;
  goesWrong(stage, "function-killed", { share: 0.06 });
  goesWrong(stage, "hang", { instanceId: sick });
  await stage.waitFor(() => isWell(stage), { minutes: 90 });
  ends(stage, "function-killed");
  expectReplaced(stage, sick);
};
