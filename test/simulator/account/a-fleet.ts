import { type NodeSettings, nodeUserData } from "@steward/core/fleet/node-settings";
import type { DesiredState } from "@steward/core/fleet/probe";
import { ACCOUNT_ID, Account, type BusEvent } from "@steward/simulator/account/account";
import { hideMachineConfig } from "@steward/simulator/account/machine-config";
import type { Principal } from "@steward/simulator/account/principal";
import { desiredStateOf, PPM_IMAGE } from "@steward/simulator/fleet/machine-image";
import { addMachines } from "@steward/simulator/fleet/machines";
import { createSharedDependencies, type SharedDependencies } from "@steward/simulator/fleet/shared-dependencies";
import { addSsm } from "@steward/simulator/services/ssm/ssm";
import { advance, drive } from "@steward/simulator/world/drive";

export const OPERATOR: Principal = {
  arn: `arn:aws:iam::${ACCOUNT_ID}:user/operator`,
  accessKeyId: "AKIAOPERATOR",
  secretAccessKey: "",
  policy: { Version: "2012-10-17", Statement: [] },
};

const SETTINGS: NodeSettings = {
  stage: "demo",
  region: "us-east-1",
  topology: "single",
  group: "steward-demo",
  launchHook: "steward-demo-admit",
  table: "steward-demo",
  desired: "/steward/demo/desired",
};

interface Given extends Partial<SharedDependencies> {
  desired?: DesiredState;
}

/** An account in which everything is allowed, with Systems Manager and machines, and with its events in a list. */
export function aFleet({ desired = desiredStateOf(PPM_IMAGE), ...given }: Given = {}) {
  hideMachineConfig();
  const account = new Account();
  const events: BusEvent[] = [];
  account.authorize = () => ({ allowed: true });
  account.links.emit = (event) => void events.push(event);
  account.links.instanceTags = () => ({});
  account.links.metric = () => {};
  const shared = createSharedDependencies(given);
  const machines = addMachines(account, shared);
  const ssm = addSsm(account);
  const version = { version: 1, value: JSON.stringify(desired), at: new Date(), by: OPERATOR.arn };
  ssm.parameters.set(SETTINGS.desired, { name: SETTINGS.desired, type: "String", versions: [version] });
  account.roles.set("node", OPERATOR.policy);
  return { account, events, shared, machines, ssm };
}

export type Fleet = ReturnType<typeof aFleet>;

export const NODE = "i-0123456789abcdef0";

/** A machine as EC2 starts it. */
export function launched({ account, machines }: Fleet, instanceId = NODE, imageId = "ami-1") {
  account.links.bootMachine({ instanceId, imageId, privateIp: "10.0.0.4", userData: nodeUserData(SETTINGS), instanceProfile: "node" });
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
