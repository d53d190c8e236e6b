import { ends, goesWrong, isWell, type Play } from "./scenario.ts";

export const databaseDown: Play = async (stage) => {
  await stage.run({ minutes: 1 });
  const [nodes, earlier] = [stage.serving, stage.chronicle];
  const messages = stage.announcements.length;
  goesWrong(stage, "database-down");
  await stage.run({ minutes: 10 });
  const { incidents, attempts } = stage.chronicle;
  const own = incidents.filter(({ id }) => !earlier.incidents.some((known) => known.id === id));
  stage.expect(
    "one incident names the database, and a human was paged",
    own.length === 1 && own.every(({ kind, state }) => kind === "database-down" && state === "paged"),
  );
  stage.expect(
    "the guard shared-cause spoke",
    own.some(({ refusals }) => refusals.some(({ guard }) => guard === "shared-cause")),
  );
  stage.expect("no node was touched", attempts.length === earlier.attempts.length);
  ends(stage, "database-down");
  await stage.waitFor(() => isWell(stage), { minutes: 15 });
  stage.expect("the same two nodes serve again", isWell(stage) && nodes.every((node) => stage.serving.includes(node)));
  stage.expect("people got one page and one recovery message", stage.announcements.length === messages + 2);
};
