import type { Account } from "../../account/account.ts";
import type { Addresses } from "./addresses.ts";
import type { Images } from "./images.ts";
import type { Instances } from "./instances.ts";
import type { LaunchTemplates } from "./launch-templates.ts";
import type { Network } from "./network.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Volumes } from "./volumes.ts";

/** What every part of the service works with. */
export interface Ec2State {
  account: Account;
  instances: Instances;
  templates: LaunchTemplates;
  volumes: Volumes;
  snapshots: Snapshots;
  addresses: Addresses;
  images: Images;
  network: Network;
}
