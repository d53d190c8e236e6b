import { after } from "@steward/core/apply/duration";
import { APPROVED_WITHIN, type Proposal, planHash, type StoredPlan } from "@steward/core/approval/stored-plan";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { RUNBOOKS } from "@steward/core/runbooks/registry";
import type { RunbookId } from "@steward/core/runbooks/runbook";
import type { Runtime } from "./runtime.ts";
import { halfAView } from "./see-fleet.ts";

type Seeing = Runtime<"observer" | "snapshots">;

/** What a runbook that needs an approval would do by the facts of right now; a sentence where nothing can be done. Half a view is no plan. */
export async function proposal({ world, policy }: Seeing, { runbook, input }: { runbook: RunbookId; input: Record<string, unknown> }) {
  const fleet = await world.observer.facts({ probe: "nobody", builds: false, drill: true });
  return { fleet, proposal: halfAView(fleet) ?? (await propose()) };

  async function propose(): Promise<Proposal | string> {
    const { propose: make, topologies } = RUNBOOKS[runbook];
    if (!make || !topologies.includes(policy.topology)) return `${runbook} is for another architecture than ${policy.topology}`;
    return make(RUNBOOKS[runbook].input.parse(input), { fleet, snapshots: await world.snapshots.facts(fleet.dataVolume?.id ?? null) });
  }
}

/** The plan as it will lie on the ledger; the one that waits there already, where it is the same. */
export function planOf(made: Proposal, { runbook, reason, fleet }: { runbook: RunbookId; reason: string; fleet: FleetFacts }): Omit<StoredPlan, "words"> {
  const hash = planHash(runbook, made);
  const waiting = fleet.approvals.findLast((plan) => plan.hash === hash && plan.approved === null && plan.expiresAt > fleet.at);
  const { input, restsOn } = made;
  return waiting ?? { hash, runbook, input, restsOn, reason, plannedAt: fleet.at, expiresAt: after(fleet.at, APPROVED_WITHIN), approved: null };
}
