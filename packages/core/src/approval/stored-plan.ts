import { createHash } from "node:crypto";
import { z } from "zod";
import { RUNBOOK_IDS, type RunbookId } from "../runbooks/runbook.ts";

/** Facts by a name that people understand. */
const Named = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));

/** What somebody wants done, with every choice made, as it waits on the ledger for a person's word. */
export const StoredPlan = z.object({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  runbook: z.enum(RUNBOOK_IDS),
  input: z.record(z.string(), z.string()),
  restsOn: Named,
  words: z.array(z.string()),
  /** Why it was asked for. */
  reason: z.string(),
  plannedAt: z.coerce.date(),
  /** An approval after this is none. */
  expiresAt: z.coerce.date(),
  /** Who approved it, why, and the name of the one run that it may have; null as long as nobody has. */
  approved: z.object({ at: z.coerce.date(), by: z.string(), reason: z.string(), run: z.string() }).nullable(),
});
export type StoredPlan = z.infer<typeof StoredPlan>;

/** As much of it as a run needs to know. */
export const Approval = StoredPlan.omit({ words: true });
export type Approval = z.infer<typeof Approval>;

/** What a runbook proposes to do, by the facts of a moment. */
export interface Proposal {
  /** With every choice made: ids, no defaults. */
  input: Record<string, string>;
  /** Everything else that must still be so when it is approved. */
  restsOn: z.infer<typeof Named>;
  /** What will be done, what is lost by it, and how to go back, for whoever approves it. */
  words: string[];
}

/** How long a plan waits for its approval: facts grow old, and people sleep. */
export const APPROVED_WITHIN = { hours: 4 };

/** Names a plan by what would be done and by what it rests on, never by when it was made: the same facts, the same name. */
export function planHash(runbook: RunbookId, { input, restsOn }: Pick<Proposal, "input" | "restsOn">): string {
  const sorted = (values: object) => Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([runbook, sorted(input), sorted(restsOn)]))
    .digest("hex");
}
