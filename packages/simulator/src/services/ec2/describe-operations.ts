import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { matches, statusOf, wildcard } from "./filters.ts";
import { type Instance, seenState, stateShape } from "./instance.ts";
import type { Instances } from "./instances.ts";
import { findAll, isVisible } from "./lookup.ts";
import { type Page, page } from "./page.ts";

interface Listing {
  InstanceIds?: string[] | undefined;
  Filters?: sdk.Filter[] | undefined;
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

/** The read-only side of EC2. */
export const describeOperations = (instances: Instances): Operations<typeof sdk> => ({
  DescribeInstances: {
    run: (input) => {
      const { items, nextToken } = list(instances, input, 1_000, () => true);
      return { Reservations: items.map(reservation), NextToken: nextToken };
    },
  },
  DescribeInstanceStatus: {
    run: (input) => {
      const { items, nextToken } = list(instances, input, 100, (instance) => input.IncludeAllInstances === true || seenState(instance) === "running");
      return { InstanceStatuses: items.map(instanceStatus), NextToken: nextToken };
    },
  },
  DescribeTags: { run: (input) => ({ Tags: tags(instances).filter((tag) => (input.Filters ?? []).every((filter) => tagMatches(tag, filter))) }) },
});

function list(instances: Instances, input: Listing, pageSize: number, shown: (instance: Instance) => boolean): Page<Instance> {
  if (input.InstanceIds?.length && input.MaxResults !== undefined)
    throw new AwsError("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults");
  if (input.MaxResults !== undefined && input.MaxResults < 5)
    throw new AwsError("InvalidParameterValue", `Value ( ${input.MaxResults} ) for parameter maxResults is invalid. Expecting a value greater than 5.`);
  const named = input.InstanceIds?.length ? findAll(instances, input.InstanceIds) : [...instances.all.values()].filter(isVisible);
  const found = named.filter((instance) => shown(instance) && matches(instance, input.Filters));
  // Without MaxResults all items come at once (EC2 API reference, "Pagination").
  const limit = input.MaxResults === undefined ? Number.POSITIVE_INFINITY : Math.min(input.MaxResults, pageSize);
  return page(found, {
    keyOf: (instance) => instance.instanceId,
    limit,
    token: input.NextToken,
    invalidToken: () => new AwsError("InvalidNextToken", "The specified token is not valid."),
  });
}

const reservation = (instance: Instance): sdk.Reservation => ({
  ReservationId: instance.reservationId,
  OwnerId: ACCOUNT_ID,
  Groups: [],
  Instances: [instanceShape(instance)],
});

/** An instance as the API answers it. */
export function instanceShape(instance: Instance): sdk.Instance {
  const state = seenState(instance);
  const isGone = state === "terminated";
  return {
    InstanceId: instance.instanceId,
    ImageId: instance.imageId,
    InstanceType: instance.instanceType as sdk._InstanceType,
    LaunchTime: instance.launchTime,
    State: stateShape(state),
    StateReason: instance.stateReason,
    StateTransitionReason: instance.stateTransitionReason,
    Placement: { AvailabilityZone: instance.zone, Tenancy: "default" },
    // A terminated instance has lost its address and its subnet (EC2 user guide, "Terminate instances").
    ...(!isGone && { SubnetId: instance.subnetId, PrivateIpAddress: instance.privateIp }),
    ...(instance.instanceProfile !== undefined && { IamInstanceProfile: { Arn: profileArn(instance.instanceProfile) } }),
    Architecture: "x86_64",
    RootDeviceType: "ebs",
    Tags: Object.entries(instance.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

const profileArn = (profile: string): string => (profile.startsWith("arn:") ? profile : `arn:aws:iam::${ACCOUNT_ID}:instance-profile/${profile}`);

function instanceStatus(instance: Instance): sdk.InstanceStatus {
  const status = statusOf(instance);
  const detail = { ok: "passed", impaired: "failed", initializing: "initializing", "not-applicable": undefined }[status] as sdk.StatusType | undefined;
  const summary: sdk.InstanceStatusSummary = {
    Status: status,
    ...(detail && { Details: [{ Name: "reachability" as const, Status: detail, ...(status === "impaired" && { ImpairedSince: instance.impairedSince }) }] }),
  };
  // The machine's own verdict stands for both checks: what breaks the host and what breaks its system look alike from outside.
  return {
    InstanceId: instance.instanceId,
    AvailabilityZone: instance.zone,
    InstanceState: stateShape(seenState(instance)),
    InstanceStatus: summary,
    SystemStatus: summary,
  };
}

const tags = (instances: Instances): sdk.TagDescription[] =>
  [...instances.all.values()]
    .filter(isVisible)
    .flatMap((instance) =>
      Object.entries(instance.tags).map(([Key, Value]) => ({ Key, Value, ResourceId: instance.instanceId, ResourceType: "instance" as const })),
    );

function tagMatches(tag: sdk.TagDescription, { Name = "", Values = [] }: sdk.Filter): boolean {
  const value = { key: tag.Key, value: tag.Value, "resource-id": tag.ResourceId, "resource-type": tag.ResourceType }[Name];
  if (value === undefined) throw new AwsError("InvalidParameterValue", `The filter '${Name}' is invalid`);
  return Values.some((wanted) => wildcard(wanted).test(value));
}
