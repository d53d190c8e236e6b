import { ACCOUNT_ID, Account, type BusEvent } from "@steward/simulator/account/account";
import type { Principal } from "@steward/simulator/account/principal";
import { addMachines } from "@steward/simulator/fleet/machines";
import { createSharedDependencies, type SharedDependencies } from "@steward/simulator/fleet/shared-dependencies";
import { advance, drive } from "@steward/simulator/world/drive";

export const OPERATOR: Principal = {
  arn: `arn:aws:iam::${ACCOUNT_ID}:user/operator`,
  accessKeyId: "AKIAOPERATOR",
  secretAccessKey: "",
  policy: { Version: "2012-10-17", Statement: [] },
};

/** An account in which everything is allowed, with machines, and with its events in a list. */
export function aFleet(given: Partial<SharedDependencies> = {}) {
  const account = new Account();
  const events: BusEvent[] = [];
  account.authorize = () => ({ allowed: true });
  account.links.emit = (event) => void events.push(event);
  account.links.instanceTags = () => ({});
  const shared = createSharedDependencies(given);
  const machines = addMachines(account, shared);
  return { account, events, shared, machines };
}

export type Fleet = ReturnType<typeof aFleet>;

export const NODE = "i-0123456789abcdef0";

/** A machine as EC2 starts it. */
export function launched({ account, machines }: Fleet, instanceId = NODE, imageId = "ami-1") {
  account.links.bootMachine({ instanceId, imageId, privateIp: "10.0.0.4" });
  const machine = machines.get(instanceId);
  if (!machine) throw new Error("EC2 started no machine");
  return machine;
}

/** A machine that has booted and serves. */
export async function serving(fleet: Fleet, instanceId = NODE) {
  const machine = launched(fleet, instanceId);
  await advance(150_000);
  return machine;
}

/** One call as the operator; what it answers is the caller's to know. */
export const ask = <Output>({ account }: Pick<Fleet, "account">, service: "ssm" | "rds", operation: string, input: unknown): Promise<Output> =>
  drive(() => account.call(OPERATOR, service, operation, input)) as Promise<Output>;
