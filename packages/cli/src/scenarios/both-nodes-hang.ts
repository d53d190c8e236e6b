import { goesWrong, type Play } from "./scenario.ts";

export const bothNodesHang: Play = async (stage) => {
  await stage.run({ minutes: 1 });
  goesWrong(stage, "both-hang");
  await stage.run({ minutes: 30 });
  const { attempts, incidents } = stage.chronicle;
  stage.expect(
    "one incident names the fleet, and a human was paged",
    incidents.length === 1 && incidents.every(({ kind, state }) => kind === "fleet-sick" && state === "paged"),
  );
  stage.expect(
    "the guard shared-cause spoke",
    incidents.some(({ refusals }) => refusals.some(({ guard }) => guard === "shared-cause")),
  );
  stage.expect("no node was touched", attempts.length === 0);
  stage.expect("people got one page", stage.announcements.length === 1);
};
