import { AwsError } from "../../account/operation.ts";
import { type Instance, STATE_CODES, seenState } from "./instance.ts";

interface Filter {
  Name?: string | undefined;
  Values?: string[] | undefined;
}

/** The filters that are modelled, by the name the API reference gives them; each says an instance's values. */
const FIELDS: Record<string, (instance: Instance) => string[]> = {
  "instance-id": (i) => [i.instanceId],
  "instance-state-name": (i) => [seenState(i)],
  "instance-state-code": (i) => [String(STATE_CODES[seenState(i)])],
  "instance-type": (i) => [i.instanceType],
  "image-id": (i) => [i.imageId],
  "subnet-id": (i) => [i.subnetId],
  "availability-zone": (i) => [i.zone],
  "private-ip-address": (i) => [i.privateIp],
  "reservation-id": (i) => [i.reservationId],
  "tag-key": (i) => Object.keys(i.tags),
  "instance-status.status": (i) => [statusOf(i)],
  "system-status.status": (i) => [statusOf(i)],
};

/** The summary that `DescribeInstanceStatus` gives. */
export const statusOf = (instance: Instance): "ok" | "impaired" | "initializing" | "not-applicable" =>
  seenState(instance) === "running" ? instance.checks : "not-applicable";

/** Whether an instance passes all filters; a filter passes when one of its values does. `*` and `?` are wildcards. */
export const matches = (instance: Instance, filters: Filter[] | undefined): boolean => (filters ?? []).every((filter) => matchesOne(instance, filter));

function matchesOne(instance: Instance, { Name = "", Values = [] }: Filter): boolean {
  const actual = valuesOf(instance, Name);
  return Values.some((wanted) => actual.some((value) => wildcard(wanted).test(value)));
}

function valuesOf(instance: Instance, name: string): string[] {
  if (name.startsWith("tag:")) return [instance.tags[name.slice(4)] ?? []].flat();
  const field = FIELDS[name];
  if (!field) throw new AwsError("InvalidParameterValue", `The filter '${name}' is invalid`);
  return field(instance);
}

/** A pattern of the API as a regular expression. */
export const wildcard = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );
