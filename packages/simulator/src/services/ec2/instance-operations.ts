import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { instanceShape } from "./describe-operations.ts";
import { type Instance, type LaunchRequest, stateShape } from "./instance.ts";
import type { Instances } from "./instances.ts";
import { instanceTags, type LaunchTemplates, named, type TemplateData, tagsFor } from "./launch-templates.ts";
import { findAll } from "./lookup.ts";
import { launchRights, onInstances, requestTags } from "./rights.ts";

const USER_SHUTDOWN = { Code: "Client.UserInitiatedShutdown", Message: "Client.UserInitiatedShutdown: User initiated shutdown" };

/** The changing side of EC2. */
export function instanceOperations(instances: Instances, templates: LaunchTemplates): Operations<typeof sdk> {
  const remembered: Remembered = new Map();
  const rights = (action: string) => (input: { InstanceIds?: string[] | undefined }) => onInstances(instances, `ec2:${action}`, input.InstanceIds);
  const changing = (ids: string[] | undefined, change: (instance: Instance) => void) =>
    findAll(instances, ids ?? []).map((instance) => stateChange(instance, change));
  return {
    RunInstances: {
      rights: (input) => launchRights({ ...launchParts(templates, input), tags: tagsFor("instance", input.TagSpecifications) }),
      run: (input) => once(remembered, input, () => runInstances(instances, templates, input)),
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
    CreateTags: {
      rights: (input) =>
        onInstances(instances, "ec2:CreateTags", input.Resources).map((right) => ({
          ...right,
          context: { ...right.context, ...requestTags(Object.fromEntries((input.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]))) },
        })),
      run: (input) => {
        createTags(findAll(instances, input.Resources ?? []), input.Tags ?? []);
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

function createTags(found: Instance[], tags: sdk.Tag[]): void {
  for (const { Key = "" } of tags)
    if (Key.startsWith("aws:")) throw new AwsError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use");
  for (const instance of found) {
    const merged = { ...instance.tags, ...Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value])) };
    // Source: EC2 user guide, "Tag restrictions": 50 user tags per resource.
    if (Object.keys(merged).filter((key) => !key.startsWith("aws:")).length > 50)
      throw new AwsError("TagLimitExceeded", "The maximum number of tags has been reached.");
    instance.tags = merged;
  }
}

type Remembered = Map<string, { body: string; output: sdk.Reservation }>;

/** Source: EC2 API reference, "Ensuring idempotency": the same token gives the same answer, with other parameters an error. */
function once(remembered: Remembered, input: sdk.RunInstancesRequest, run: () => sdk.Reservation): sdk.Reservation {
  if (input.ClientToken === undefined) return run();
  const body = JSON.stringify(input);
  const before = remembered.get(input.ClientToken);
  if (before && before.body !== body)
    throw new AwsError("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
  if (before) return before.output;
  const output = run();
  remembered.set(input.ClientToken, { body, output });
  return output;
}

function runInstances(instances: Instances, templates: LaunchTemplates, input: sdk.RunInstancesRequest): sdk.Reservation {
  const request = launchRequest(templates, input);
  const reservationId = `r-0${hex(16)}`;
  const made = Array.from({ length: input.MaxCount ?? 1 }, () => instances.launch({ ...request, reservationId }));
  return { ReservationId: reservationId, OwnerId: ACCOUNT_ID, Groups: [], Instances: made.map(instanceShape) };
}

function launchRequest(templates: LaunchTemplates, input: sdk.RunInstancesRequest): LaunchRequest {
  const { data, template } = templateOf(templates, input);
  const imageId = input.ImageId ?? data.ImageId;
  if (imageId === undefined) throw new AwsError("MissingParameter", "The request must contain the parameter ImageId");
  if (!/^ami-[0-9a-z]+$/.test(imageId)) throw new AwsError("InvalidAMIID.Malformed", `Invalid id: "${imageId}" (expecting "ami-...")`);
  const profile = input.IamInstanceProfile ?? data.IamInstanceProfile;
  return {
    imageId,
    instanceType: input.InstanceType ?? data.InstanceType ?? "m1.small",
    subnetId: input.SubnetId ?? "subnet-00000000000default",
    tags: { ...template, ...instanceTags(data), ...tagsFor("instance", input.TagSpecifications) },
    ...(profile && { instanceProfile: profile.Name ?? profile.Arn ?? "" }),
  };
}

/** The template's data, and the tags by which EC2 marks an instance that came of it. */
function templateOf(templates: LaunchTemplates, input: sdk.RunInstancesRequest): { data: TemplateData; template: Record<string, string> } {
  if (!input.LaunchTemplate) return { data: {}, template: {} };
  const template = named(templates, input.LaunchTemplate);
  const version = templates.version(template, input.LaunchTemplate.Version ?? "$Default");
  return { data: version.data, template: { "aws:ec2launchtemplate:id": template.id, "aws:ec2launchtemplate:version": String(version.number) } };
}

function launchParts(templates: LaunchTemplates, input: sdk.RunInstancesRequest): Parameters<typeof launchRights>[0] {
  const { data, template } = templateOf(templates, input);
  const profile = input.IamInstanceProfile ?? data.IamInstanceProfile;
  return {
    imageId: input.ImageId ?? data.ImageId,
    subnets: input.SubnetId === undefined ? [] : [input.SubnetId],
    instanceProfile: profile?.Name ?? profile?.Arn,
    launchTemplateId: template["aws:ec2launchtemplate:id"],
  };
}
