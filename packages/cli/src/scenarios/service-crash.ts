import { goesWrong, isHandled, isWell, type Play } from "./scenario.ts";

export const serviceCrash: Play = async (stage) => {
  await stage.run({ minutes: 1 });
  const nodes = stage.serving;
  goesWrong(stage, "service-crash", { instanceId: nodes.at(-1) });
  await stage.waitFor(() => isWell(stage), { minutes: 30 });
  const { attempts, incidents } = stage.chronicle;
  stage.expect("one incident was opened, and it is resolved", incidents.length === 1 && incidents.every(isHandled));
  stage.expect(
    "one restart was enough",
    attempts.length === 1 && attempts.every(({ runbook, outcome }) => runbook === "restart-service" && outcome === "done"),
  );
  stage.expect(
    "the same nodes serve",
    nodes.every((node) => stage.serving.includes(node)),
  );
  stage.expect("people got one opening and one recovery message", stage.announcements.length === 2);
};
