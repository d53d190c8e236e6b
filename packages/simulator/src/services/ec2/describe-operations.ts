import type * as sdk from "@aws-sdk/client-ec2";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { matches } from "./filters.ts";
import { type Instance, seenState, stateShape, statusOf } from "./instance.ts";
import { INSTANCE_FIELDS } from "./instance-fields.ts";
import type { Instances } from "./instances.ts";
import { findAll, isVisible } from "./lookup.ts";
import { type Page, page } from "./page.ts";
import type { Ec2State } from "./state.ts";
import { tagList } from "./template-data.ts";

interface Listing {
  InstanceIds?: string[] | undefined;
  Filters?: sdk.Filter[] | undefined;
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

/** The read-only side of instances. */
export const describeOperations = (state: Ec2State): Operations<typeof sdk> => ({
  DescribeInstances: {
    run: (input) => {
      const { items, nextToken } = list(state.instances, input, 1_000, () => true);
      return { Reservations: items.map((instance) => reservation(state, instance)), NextToken: nextToken };
    },
  },
  DescribeInstanceStatus: {
    run: (input) => {
      const { items, nextToken } = list(state.instances, input, 100, (instance) => input.IncludeAllInstances === true || seenState(instance) === "running");
      return { InstanceStatuses: items.map(instanceStatus), NextToken: nextToken };
    },
  },
});

function list(instances: Instances, input: Listing, pageSize: number, shown: (instance: Instance) => boolean): Page<Instance> {
  if (input.InstanceIds?.length && input.MaxResults !== undefined)
    throw new AwsError("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults");
  if (input.MaxResults !== undefined && input.MaxResults < 5)
    throw new AwsError("InvalidParameterValue", `Value ( ${input.MaxResults} ) for parameter maxResults is invalid. Expecting a value greater than 5.`);
  const named = input.InstanceIds?.length ? findAll(instances, input.InstanceIds) : [...instances.all.values()].filter(isVisible);
  const found = named.filter((instance) => shown(instance) && matches(instance, INSTANCE_FIELDS, input.Filters));
  // Without MaxResults all items come at once (EC2 API reference, "Pagination").
  const limit = input.MaxResults === undefined ? Number.POSITIVE_INFINITY : Math.min(input.MaxResults, pageSize);
  return page(found, {
    keyOf: (instance) => instance.instanceId,
    limit,
    token: input.NextToken,
    invalidToken: () => new AwsError("InvalidNextToken", "The specified token is not valid."),
  });
}

const reservation = (state: Ec2State, instance: Instance): sdk.Reservation => ({
  ReservationId: instance.reservationId,
  OwnerId: ACCOUNT_ID,
  Groups: [],
  Instances: [instanceShape(state, instance)],
});

/** An instance as the API answers it. */
export function instanceShape({ network, volumes, addresses }: Ec2State, instance: Instance): sdk.Instance {
  const state = seenState(instance);
  const isGone = state === "terminated";
  const publicIp = addresses.of(instance.instanceId)?.publicIp ?? instance.publicIp;
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
    ...(!isGone && {
      SubnetId: instance.subnetId,
      VpcId: network.subnets.items.get(instance.subnetId)?.vpcId,
      PrivateIpAddress: instance.privateIp,
      PublicIpAddress: publicIp,
      SecurityGroups: instance.securityGroups.map((GroupId) => ({ GroupId, GroupName: network.securityGroups.items.get(GroupId)?.name })),
    }),
    MetadataOptions: metadataShape(instance),
    RootDeviceName: instance.rootDevice,
    BlockDeviceMappings: volumes.on(instance.instanceId).map(({ id, attachment }) => ({
      DeviceName: attachment?.device,
      Ebs: {
        VolumeId: id,
        Status: attachment?.state as sdk.AttachmentStatus,
        AttachTime: attachment?.at,
        DeleteOnTermination: attachment?.deleteOnTermination,
      },
    })),
    ...(instance.instanceProfile !== undefined && { IamInstanceProfile: { Arn: profileArn(instance.instanceProfile) } }),
    ClientToken: instance.clientToken ?? "",
    Architecture: "x86_64",
    RootDeviceType: "ebs",
    Tags: tagList(instance.tags),
  };
}

/** Defaults: EC2 API reference, InstanceMetadataOptionsRequest. */
const metadataShape = ({ metadata }: Instance): sdk.InstanceMetadataOptionsResponse => ({
  State: "applied",
  HttpTokens: (metadata.HttpTokens ?? "optional") as sdk.HttpTokensState,
  HttpPutResponseHopLimit: metadata.HttpPutResponseHopLimit ?? 1,
  HttpEndpoint: (metadata.HttpEndpoint ?? "enabled") as sdk.InstanceMetadataEndpointState,
  InstanceMetadataTags: (metadata.InstanceMetadataTags ?? "disabled") as sdk.InstanceMetadataTagsState,
});

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
