import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Moment } from "./invariant.ts";

/** A lease that somebody holds, as the table has it. */
export interface HeldLease {
  scope: string;
  execution: string;
  epoch: number;
  expiresAt: Date;
}

type Item = Record<string, AttributeValue>;

const itemsOf = ({ world, deployed }: Moment, pk: string): readonly Item[] => world.dynamodb.items(deployed.topology.table.name, pk);

/** Leases with a holder; one that was let go has none. */
export const heldLeases = (moment: Moment): HeldLease[] =>
  itemsOf(moment, "LEASE").flatMap(({ sk, execution, epoch, expiresAt }) =>
    execution?.S === undefined ? [] : [{ scope: sk?.S ?? "", execution: execution.S, epoch: Number(epoch?.N ?? 0), expiresAt: new Date(expiresAt?.S ?? 0) }],
  );

export const openIncidents = (moment: Moment): number => itemsOf(moment, "OPEN").length;

/** Whether a durable execution is still on its way. */
export const isRunning = ({ world }: Moment, executionArn: string): boolean => world.lambda.executions.get(executionArn)?.status === "RUNNING";

export const isAnythingRunning = ({ world }: Moment): boolean => [...world.lambda.executions.values()].some(({ status }) => status === "RUNNING");

/** How long after it was given an approval may still be carried out. */
const CARRIED_OUT_WITHIN = 4 * 3_600_000;

/** Whether a person has said yes to a plan that takes users their server. */
export const isApproved = (moment: Moment): boolean =>
  itemsOf(moment, "PLAN").some(({ approved }) => moment.now.getTime() - new Date(approved?.M?.at?.S ?? 0).getTime() < CARRIED_OUT_WITHIN);
