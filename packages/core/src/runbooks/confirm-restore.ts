import { z } from "zod";
import { volumeIn } from "../restore/standing.ts";
import { runbook } from "./runbook.ts";

/** What a GiB of gp3 costs a month in the priced region; the price list itself is not in the functions' code. */
export const USD_A_GIB = 0.08;

/** Deletes nothing: what was kept is people's from then on. */
export const confirmRestore = runbook({
  id: "confirm-restore",
  summary: "Say that a restore is as it should be: it can't be gone back on any more, pruning goes on, and the volumes that were kept are yours to delete.",
  input: z.strictObject({}),
  changes: ["confirm-restore"],
  disrupts: false,
  topologies: ["single"],
  impact: "None. The volumes that were kept stay, and are paid for, until somebody deletes them.",
  plan: (_input, facts) => {
    const { record } = facts.restore ?? {};
    if (record?.state !== "restored")
      return {
        steps: [],
        otherwise: [],
        impossible: record ? `the restore ${record.id} is ${record.state}, so there is nothing to confirm` : "there is no restore",
      };
    const there = record.kept.flatMap((id) => volumeIn(facts, id) ?? []);
    const words = there.map(
      ({ id, gib }) => `${id} costs about ${Math.round(gib * USD_A_GIB)} USD a month until you delete it: aws ec2 delete-volume --volume-id ${id}`,
    );
    const because = ["a person says that it is as it should be", ...words].join("; ");
    return { steps: [{ do: "confirm-restore", id: record.id, kept: there.map(({ id }) => id), because }], otherwise: [] };
  },
});
