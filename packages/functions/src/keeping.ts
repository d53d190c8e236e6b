import { Keeping } from "@steward/core/settings/schema";
import { z } from "zod";

/** What a function's environment says of keeping and pruning; throws where it says nothing, as by a policy of nobody's nothing may be deleted. */
export function keepingIn({ STEWARD_KEEPING: text }: Record<string, string | undefined>): Keeping {
  if (!text) throw new Error("STEWARD_KEEPING must be set: the deploy writes into it what the settings say of keeping and pruning");
  const parsed = Keeping.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`STEWARD_KEEPING is not what a deploy of this version writes: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
