import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";
import { hex } from "../../world/chance.ts";
import { instanceShape } from "./describe-operations.ts";
import { type Instance, stateShape } from "./instance.ts";
import { launchOf } from "./launch.ts";
import { named } from "./launch-templates.ts";
import { findAll } from "./lookup.ts";
import { once, type Remembered } from "./once.ts";
import { imageParameter, resolveImage } from "./public-images.ts";
import { tagsOf } from "./resource-tags.ts";
import { type LaunchParts, launchRights, onInstances } from "./rights.ts";
import type { Ec2State } from "./state.ts";
import { launchTags, securityGroupsOf, type TemplateData } from "./template-data.ts";

const USER_SHUTDOWN = { Code: "Client.UserInitiatedShutdown", Message: "Client.UserInitiatedShutdown: User initiated shutdown" };

/** The changing side of EC2. */
export function instanceOperations(state: Ec2State): Operations<typeof sdk> {
  const { instances } = state;
  const remembered: Remembered<sdk.Reservation> = new Map();
  const rights = (action: string) => (input: { InstanceIds?: string[] | undefined }) => onInstances(instances, `ec2:${action}`, input.InstanceIds);
  const changing = (ids: string[] | undefined, change: (instance: Instance) => void) =>
    findAll(instances, ids ?? []).map((instance) => stateChange(instance, change));
  return {
    RunInstances: {
      rights: (input) => launchRights(launchParts(state, input)),
      run: (input, call) => once(remembered, input, () => runInstances(state, input, call.principal)),
    },
    TerminateInstances: {
      rights: rights("TerminateInstances"),
      run: (input) => ({ TerminatingInstances: changing(input.InstanceIds, (instance) => instances.terminate(instance, USER_SHUTDOWN)) }),
    },
    StopInstances: {
      rights: rights("StopInstances"),
      run: (input) => ({ StoppingInstances: changing(input.InstanceIds, (instance) => instances.stop(instance)) }),
    },
    StartInstances: {
      rights: rights("StartInstances"),
      run: (input) => ({ StartingInstances: changing(input.InstanceIds, (instance) => instances.start(instance)) }),
    },
    RebootInstances: {
      rights: rights("RebootInstances"),
      run: (input) => {
        for (const instance of findAll(instances, input.InstanceIds ?? [])) instances.reboot(instance);
        return {};
      },
    },
  };
}

function stateChange(instance: Instance, change: (instance: Instance) => void): sdk.InstanceStateChange {
  const before = instance.state;
  change(instance);
  return { InstanceId: instance.instanceId, PreviousState: stateShape(before), CurrentState: stateShape(instance.state) };
}

function runInstances(state: Ec2State, input: sdk.RunInstancesRequest, launchedBy: Principal): sdk.Reservation {
  const { data, template } = wholeOf(state, input);
  if (data.NetworkInterfaces?.length && input.SubnetId !== undefined)
    throw new AwsError("InvalidParameterCombination", "Network interfaces and an instance-level subnet ID may not be specified on the same request");
  const reservationId = `r-0${hex(16)}`;
  const request = launchOf(state, data, {
    // Without a subnet EC2 takes one of the default network, which this account does not model.
    subnetId: data.NetworkInterfaces?.[0]?.SubnetId ?? input.SubnetId ?? "subnet-00000000000default",
    tags: { ...template },
    launchedBy,
    reservationId,
    clientToken: input.ClientToken,
  });
  const made = Array.from({ length: input.MaxCount ?? 1 }, () => state.instances.launch(request));
  return { ReservationId: reservationId, OwnerId: ACCOUNT_ID, Groups: [], Instances: made.map((instance) => instanceShape(state, instance)) };
}

/** The template's data with what the request says instead, and the tags by which EC2 marks an instance that came of it. */
function wholeOf({ templates }: Ec2State, input: sdk.RunInstancesRequest): { data: TemplateData; template: Record<string, string> } {
  const own = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as TemplateData;
  if (!input.LaunchTemplate) return { data: own, template: {} };
  const template = named(templates, input.LaunchTemplate);
  const { data, number } = templates.version(template, input.LaunchTemplate.Version ?? "$Default");
  const TagSpecifications = [...(data.TagSpecifications ?? []), ...(own.TagSpecifications ?? [])];
  return {
    data: { ...data, ...own, TagSpecifications },
    template: { "aws:ec2launchtemplate:id": template.id, "aws:ec2launchtemplate:version": String(number) },
  };
}

function launchParts(state: Ec2State, input: sdk.RunInstancesRequest): LaunchParts {
  const { data, template } = wholeOf(state, input);
  return {
    imageId: data.ImageId === undefined ? undefined : resolveImage(data.ImageId),
    imageParameter: imageParameter(data.ImageId),
    instanceType: data.InstanceType,
    subnets: [data.NetworkInterfaces?.[0]?.SubnetId ?? input.SubnetId ?? []].flat(),
    securityGroups: securityGroupsOf(data),
    instanceProfile: data.IamInstanceProfile?.Name ?? data.IamInstanceProfile?.Arn,
    launchTemplateId: template["aws:ec2launchtemplate:id"],
    snapshots: (data.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
    tags: launchTags(data),
    tagsOf: (id) => tagsOf(state, id),
  };
}
