import type { Account } from "../account/account.ts";
import { SimulatedMachine } from "./machine.ts";
import type { SharedDependencies } from "./shared-dependencies.ts";

/** The computers of the account, as invariants, faults and people see them. */
export interface Machines {
  all: () => SimulatedMachine[];
  get: (instanceId: string) => SimulatedMachine | undefined;
}

/** Gives every instance that EC2 starts a computer; starting one that is there already is a reboot, its disk stays. */
export function addMachines(account: Account, shared: SharedDependencies): Machines {
  const machines = new Map<string, SimulatedMachine>();
  account.links.machine = (instanceId) => machines.get(instanceId);
  account.links.machines = () => [...machines.values()];
  account.links.bootMachine = (instance) => {
    const machine = machines.get(instance.instanceId) ?? new SimulatedMachine(instance, shared.images.get(instance.imageId) ?? shared.defaultImage, shared);
    machines.set(instance.instanceId, machine);
    void machine.boot();
  };
  account.links.destroyMachine = (instanceId) => {
    machines.get(instanceId)?.destroy();
    machines.delete(instanceId);
  };
  return { all: () => [...machines.values()], get: (instanceId) => machines.get(instanceId) };
}
