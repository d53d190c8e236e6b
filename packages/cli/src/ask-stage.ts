import { type ByHand, createByHand } from "@steward/aws/by-hand";
import { callerOf } from "@steward/aws/caller";
import { lambda } from "@steward/aws/clients";
import { names } from "@steward/core/topology/names";
import { explainFailure } from "./secrets/explain-failure.ts";
import { type OpenStage, openStage, type StageOptions } from "./secrets/open-vault.ts";
import { UsageError } from "./usage-error.ts";

/** Asks a deployed stage something, in its own account only; AWS's failures come out as a `UsageError` in words for a person. */
export async function askStage<T>(options: StageOptions, question: (byHand: ByHand) => Promise<T>): Promise<{ answer: T; open: OpenStage }> {
  const open = await openStage(options);
  const where = { stage: open.stage, account: open.settings.account, region: open.region, profile: options.profile };
  try {
    const { account, region, profile } = where;
    const { clients } = await callerOf({ lambda }, { account, region, ...(profile !== undefined && { profile }) });
    return { answer: await question(createByHand(clients.lambda, names(open.stage))), open };
  } catch (error) {
    const words = explainFailure(error, where);
    throw words === undefined ? error : new UsageError(words);
  }
}
