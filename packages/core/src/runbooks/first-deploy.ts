import { z } from "zod";
import { currentStage } from "../first-deploy/progress.ts";
import { isFounding } from "../first-deploy/stages.ts";
import { TOPOLOGIES } from "../topology/topology.ts";
import { runbook } from "./runbook.ts";

/** What is due now, and no more: the next run does what is due then. */
export const firstDeploy = runbook({
  id: "first-deploy",
  summary: "Take a first deploy one stage further: image, vault, database, document, template, first node, fleet.",
  input: z.strictObject({}),
  changes: [
    "build-image",
    "make-volume",
    "write-document",
    "write-template",
    "size-group",
    "complete-lifecycle",
    "init-database",
    "remember-database",
    "commit-desired",
  ],
  disrupts: false,
  topologies: TOPOLOGIES,
  impact: "None: nobody is served yet.",
  plan: (_input, facts, policy) => {
    const current = isFounding(facts) ? currentStage(facts, policy) : undefined;
    return { steps: current?.standing.state === "act" ? current.standing.steps : [], otherwise: [] };
  },
});
