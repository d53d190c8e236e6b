import * as sdk from "@aws-sdk/client-ec2";
import type { Account, Links } from "../../account/account.ts";
import { describeOperations } from "./describe-operations.ts";
import { instanceOperations } from "./instance-operations.ts";
import { Instances } from "./instances.ts";
import { LaunchTemplates } from "./launch-templates.ts";
import { templateOperations } from "./template-operations.ts";

/** EC2's state for whoever looks from outside the API. */
export interface Ec2 {
  instances: Instances["all"];
  templates: LaunchTemplates["all"];
  /** While true, every launch fails with `InsufficientInstanceCapacity`. */
  withholdCapacity: (withheld: boolean) => void;
  /** The instance ends without anybody having asked: its hardware is gone. */
  lose: (instanceId: string) => void;
}

/** Adds EC2 to the account: instances, their status checks, launch templates. */
export function addEc2(account: Account): Ec2 {
  const instances = new Instances(account);
  const templates = new LaunchTemplates();
  account.add({
    id: "ec2",
    iamPrefix: "ec2",
    module: sdk,
    protocol: "ec2",
    namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    operations: { ...describeOperations(instances), ...instanceOperations(instances, templates), ...templateOperations(templates) },
  });
  Object.assign(account.links, links(instances, templates));
  return {
    instances: instances.all,
    templates: templates.all,
    withholdCapacity: (withheld) => {
      instances.outOfCapacity = withheld;
    },
    lose: (instanceId) => end(instances, instanceId, { Code: "Server.InternalError", Message: "Server.InternalError: Internal error on launch" }),
  };
}

const links = (instances: Instances, templates: LaunchTemplates): Partial<Links> => ({
  launchInstance: (request) => instances.launch(request).instanceId,
  terminateInstance: (instanceId) =>
    end(instances, instanceId, { Code: "Client.UserInitiatedShutdown", Message: "Client.UserInitiatedShutdown: User initiated shutdown" }),
  instanceState: (instanceId) => {
    const instance = instances.all.get(instanceId);
    return instance && { state: instance.state, statusOk: instance.checks !== "impaired" };
  },
  instanceTags: (instanceId) => ({ ...instances.all.get(instanceId)?.tags }),
  resolveLaunchTemplate: ({ idOrName, version }) => resolve(templates, idOrName, version),
});

function end(instances: Instances, instanceId: string, reason: { Code: string; Message: string }): void {
  const instance = instances.all.get(instanceId);
  if (instance) instances.terminate(instance, reason);
}

function resolve(templates: LaunchTemplates, idOrName: string, version: string): ReturnType<Links["resolveLaunchTemplate"]> {
  const template = templates.byIdOrName(idOrName);
  const { data, number } = templates.version(template, version);
  const profile = data.IamInstanceProfile?.Name ?? data.IamInstanceProfile?.Arn;
  return {
    id: template.id,
    name: template.name,
    version: String(number),
    imageId: data.ImageId ?? "",
    instanceType: data.InstanceType ?? "m1.small",
    ...(profile !== undefined && { instanceProfile: profile }),
  };
}
