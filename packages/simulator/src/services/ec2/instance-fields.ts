import type { Fields } from "./filters.ts";
import { type Instance, STATE_CODES, seenState, statusOf } from "./instance.ts";

/** The filters of DescribeInstances and DescribeInstanceStatus that are modelled. */
export const INSTANCE_FIELDS: Fields<Instance> = {
  "instance-id": (i) => [i.instanceId],
  "instance-state-name": (i) => [seenState(i)],
  "instance-state-code": (i) => [String(STATE_CODES[seenState(i)])],
  "instance-type": (i) => [i.instanceType],
  "image-id": (i) => [i.imageId],
  "subnet-id": (i) => [i.subnetId],
  "availability-zone": (i) => [i.zone],
  "private-ip-address": (i) => [i.privateIp],
  "client-token": (i) => [i.clientToken ?? ""],
  "reservation-id": (i) => [i.reservationId],
  "instance.group-id": (i) => i.securityGroups,
  "instance-status.status": (i) => [statusOf(i)],
  "system-status.status": (i) => [statusOf(i)],
};
