import { ends, goesWrong, isHandled, isWell, type Play } from "./scenario.ts";

export const throttled: Play = async (stage) => {
  await stage.run({ minutes: 1 });
  const [sick = ""] = stage.serving;
  goesWrong(stage, "throttled", { share: 0.33 });
  goesWrong(stage, "hang", { instanceId: sick });
  await stage.waitFor(() => isWell(stage), { minutes: 90 });
  ends(stage, "throttled");
  stage.expect("two nodes serve, the sick one is not among them", stage.serving.length === 2 && !stage.serving.includes(sick));
  stage.expect(
    "the node was replaced once",
    stage.chronicle.attempts.filter(({ runbook, outcome }) => runbook === "replace-node" && outcome === "done").length === 1,
  );
  stage.expect("nothing is left open", stage.chronicle.incidents.every(isHandled));
};
