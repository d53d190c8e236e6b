import * as sdk from "@aws-sdk/client-ec2";
import type { Account, Links } from "../../account/account.ts";
import { serviceItself } from "../../account/principal.ts";
import { addressOperations } from "./address-operations.ts";
import { Addresses } from "./addresses.ts";
import { describeOperations } from "./describe-operations.ts";
import { addElsewhere, type Elsewhere } from "./elsewhere.ts";
import { imageAttributeOperations } from "./image-attribute-operations.ts";
import { imageOperations } from "./image-operations.ts";
import { Images } from "./images.ts";
import { instanceOperations } from "./instance-operations.ts";
import { Instances } from "./instances.ts";
import { launchOf } from "./launch.ts";
import { LaunchTemplates } from "./launch-templates.ts";
import { natOperations } from "./nat-operations.ts";
import { Network } from "./network.ts";
import { imageParameter, resolveImage } from "./public-images.ts";
import { tagsOf } from "./resource-tags.ts";
import { routeOperations } from "./route-operations.ts";
import { securityGroupOperations } from "./security-group-operations.ts";
import { snapshotLockOperations } from "./snapshot-lock-operations.ts";
import { snapshotOperations } from "./snapshot-operations.ts";
import { snapshotTierOperations } from "./snapshot-tier-operations.ts";
import { Snapshots } from "./snapshots.ts";
import type { Ec2State } from "./state.ts";
import { tagOperations } from "./tag-operations.ts";
import { launchTags, securityGroupsOf } from "./template-data.ts";
import { templateOperations } from "./template-operations.ts";
import { volumeOperations } from "./volume-operations.ts";
import { Volumes } from "./volumes.ts";
import { vpcOperations } from "./vpc-operations.ts";

/** EC2's state for whoever looks from outside the API. */
export interface Ec2 {
  instances: Instances["all"];
  templates: LaunchTemplates["all"];
  volumes: Volumes["items"];
  snapshots: Snapshots;
  /** Copies of them in the other region. */
  elsewhere: Elsewhere;
  addresses: Addresses["items"];
  images: Images["items"];
  network: Network;
  /** While true, every launch fails with `InsufficientInstanceCapacity`. */
  withholdCapacity: (withheld: boolean) => void;
  /** Instances that do not get any further than `shutting-down` as long as they are in it. */
  unending: Set<string>;
  /** The instance ends without anybody having asked: its hardware is gone. */
  lose: (instanceId: string) => void;
}

/** Adds EC2 to the account: instances, volumes, addresses, launch templates and the network that they are in. */
export function addEc2(account: Account): Ec2 {
  const state = newState(account);
  account.add({
    id: "ec2",
    iamPrefix: "ec2",
    module: sdk,
    protocol: "ec2",
    namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    operations: {
      ...describeOperations(state),
      ...instanceOperations(state),
      ...templateOperations(state.templates),
      ...volumeOperations(state),
      ...snapshotOperations(state),
      ...snapshotLockOperations(state),
      ...snapshotTierOperations(state),
      ...addressOperations(state),
      ...imageOperations(state),
      ...imageAttributeOperations(state),
      ...tagOperations(state),
      ...vpcOperations(state.network),
      ...routeOperations(state.network),
      ...natOperations(state),
      ...securityGroupOperations(state.network),
    },
  });
  Object.assign(account.links, links(state));
  return {
    instances: state.instances.all,
    templates: state.templates.all,
    volumes: state.volumes.items,
    snapshots: state.snapshots,
    elsewhere: addElsewhere(account, state.snapshots),
    addresses: state.addresses.items,
    images: state.images.items,
    network: state.network,
    unending: state.instances.unending,
    withholdCapacity: (withheld) => {
      state.instances.outOfCapacity = withheld;
    },
    lose: (instanceId) => end(state, instanceId, { Code: "Server.InternalError", Message: "Server.InternalError: Internal error on launch" }),
  };
}

function newState(account: Account): Ec2State {
  const network = new Network();
  const volumes = new Volumes(account);
  const addresses = new Addresses();
  const snapshots = new Snapshots(account);
  const images = new Images(account, snapshots);
  const instances = new Instances(account, { network, volumes, addresses, images });
  return { account, network, volumes, snapshots, addresses, images, instances, templates: new LaunchTemplates() };
}

const links = (state: Ec2State): Partial<Links> => ({
  launchInstance: ({ template, subnetId, tags, groupName, serviceRole }) => {
    const { data } = state.templates.version(state.templates.byIdOrName(template.idOrName), template.version);
    return state.instances.launch(launchOf(state, data, { subnetId, tags, groupName, launchedBy: serviceItself(serviceRole) })).instanceId;
  },
  terminateInstance: (instanceId) =>
    end(state, instanceId, { Code: "Client.UserInitiatedShutdown", Message: "Client.UserInitiatedShutdown: User initiated shutdown" }),
  instanceState: (instanceId) => {
    const instance = state.instances.all.get(instanceId);
    return instance && { state: instance.state, statusOk: instance.checks !== "impaired", reason: instance.stateReason?.Message };
  },
  zoneOf: (subnetId) => state.network.zoneOf(subnetId),
  registerImage: async (wish, by) => {
    const { id, state: reached } = await state.images.register(wish, by);
    return { id, isAvailable: reached === "available" };
  },
  resourceTags: (id) => tagsOf(state, id),
  instanceTags: (instanceId) => ({ ...state.instances.all.get(instanceId)?.tags }),
  resolveLaunchTemplate: ({ idOrName, version }) => resolve(state, idOrName, version),
});

function end({ instances }: Ec2State, instanceId: string, reason: { Code: string; Message: string }): void {
  const instance = instances.all.get(instanceId);
  if (instance) instances.terminate(instance, reason);
}

function resolve({ templates, images }: Ec2State, idOrName: string, version: string): ReturnType<Links["resolveLaunchTemplate"]> {
  const template = templates.byIdOrName(idOrName);
  const { data, number } = templates.version(template, version);
  const profile = data.IamInstanceProfile?.Name ?? data.IamInstanceProfile?.Arn;
  const parameter = imageParameter(data.ImageId);
  const imageId = resolveImage(data.ImageId);
  images.requireLaunchable(imageId);
  return {
    id: template.id,
    name: template.name,
    version: String(number),
    imageId,
    instanceType: data.InstanceType ?? "m1.small",
    securityGroups: securityGroupsOf(data),
    tags: launchTags(data),
    ...(parameter !== undefined && { imageParameter: parameter }),
    ...(profile !== undefined && { instanceProfile: profile }),
  };
}
