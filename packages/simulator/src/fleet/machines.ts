import type { Account } from "../account/account.ts";
import { SimulatedMachine } from "./machine.ts";
import { type MachineImage, UBUNTU_IMAGE, UBUNTU_IMAGE_ID } from "./machine-image.ts";
import type { SharedDependencies } from "./shared-dependencies.ts";

/** The computers of the account, as invariants, faults and people see them. */
export interface Machines {
  all: () => SimulatedMachine[];
  get: (instanceId: string) => SimulatedMachine | undefined;
}

/** Gives every instance that EC2 starts a computer; starting one that is there already is a reboot, its disk stays. */
export function addMachines(account: Account, shared: SharedDependencies): Machines {
  const known = new Map<string, SimulatedMachine>();
  const get = (instanceId: string) => {
    const machine = known.get(instanceId);
    return machine?.isPowered() ? machine : undefined;
  };
  const all = () => [...known.values()].filter((machine) => machine.isPowered());
  account.links.machine = get;
  account.links.machines = all;
  account.links.bootMachine = (instance) => {
    const machine = known.get(instance.instanceId) ?? new SimulatedMachine(instance, imageOf(shared, instance.imageId), { account, shared });
    machine.seeVolumes(instance.volumes ?? []);
    known.set(instance.instanceId, machine);
    void machine.boot();
  };
  account.links.destroyMachine = (instanceId) => known.get(instanceId)?.remove();
  account.links.copyDisk = (from, to) => shared.disks.copy(from, to);
  return { all, get };
}

const imageOf = ({ images, defaultImage }: SharedDependencies, imageId: string): MachineImage =>
  images.get(imageId) ?? (imageId === UBUNTU_IMAGE_ID ? UBUNTU_IMAGE : defaultImage);
