import { groupOf } from "./fleet.ts";
import type { Invariant, Moment } from "./invariant.ts";
import { lasting } from "./lasting.ts";
import { isAnythingRunning, openIncidents } from "./ledger.ts";

const FIFTEEN_MINUTES = 15 * 60_000;

export const desiredDeclared: Invariant = {
  id: "desired-declared",
  sentence: "While no incident is open and nothing runs, the desired capacity of a group that was ever raised is the declared one again within 15 minutes.",
  watch: () => {
    const tooLong = lasting(FIFTEEN_MINUTES);
    let raised = false;
    return (moment) => {
      raised ||= groupOf(moment)?.desired === moment.deployed.topology.group.serving.desired;
      return raised ? tooLong(differences(moment), moment.now) : [];
    };
  },
};

function differences(moment: Moment): string[] {
  const { desired: declared } = moment.deployed.topology.group.serving;
  const desired = groupOf(moment)?.desired;
  if (desired === undefined || desired === declared || openIncidents(moment) > 0 || isAnythingRunning(moment)) return [];
  return [`desired capacity is ${desired}, declared is ${declared}, and no incident is open`];
}
