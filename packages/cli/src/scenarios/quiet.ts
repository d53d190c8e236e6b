import { allServe, type Play } from "./scenario.ts";

export const quiet: Play = async (stage) => {
  const nodes = stage.serving;
  await stage.run({ hours: 1 });
  const { incidents, attempts } = stage.chronicle;
  stage.expect("nothing was opened and nothing was done", incidents.length === 0 && attempts.length === 0 && stage.messages.length === 0);
  stage.expect("the same nodes serve", nodes.every((node) => stage.serving.includes(node)) && allServe(stage));
  stage.expect("no request failed", stage.traffic.failed === 0);
};
