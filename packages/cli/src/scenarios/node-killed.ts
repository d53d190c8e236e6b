import { goesWrong, isHandled, type Play } from "./scenario.ts";

export const nodeKilled: Play = async (stage) => {
  await stage.run({ minutes: 1 });
  const [lost = ""] = stage.serving;
  goesWrong(stage, "kill", { instanceId: lost });
  await stage.waitFor(() => stage.serving.length < 2, { minutes: 2 });
  await stage.waitFor(() => stage.serving.length === 2 && stage.nothingRuns && stage.chronicle.incidents.every(isHandled), { minutes: 40 });
  await stage.run({ minutes: 6 });
  const { attempts, incidents } = stage.chronicle;
  stage.expect("two nodes serve, the lost one is not among them", stage.serving.length === 2 && !stage.serving.includes(lost));
  stage.expect(
    "Steward replaced nothing: the group did, Steward admitted",
    !attempts.some(({ runbook }) => runbook === "replace-node") && attempts.some(({ runbook, outcome }) => runbook === "admit-node" && outcome === "done"),
  );
  stage.expect("nothing is left open", incidents.every(isHandled));
};
