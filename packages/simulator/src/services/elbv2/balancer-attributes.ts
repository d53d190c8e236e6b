import type * as sdk from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError, type Operations } from "../../account/operation.ts";
import { type Balancing, balancerOf, type LoadBalancer } from "./balancing.ts";
import { onResource } from "./rights.ts";

/** Source: API reference, LoadBalancerAttribute, for application load balancers. */
export const BALANCER_ATTRIBUTES: [string, string][] = [
  ["deletion_protection.enabled", "false"],
  ["load_balancing.cross_zone.enabled", "true"],
  ["access_logs.s3.enabled", "false"],
  ["access_logs.s3.bucket", ""],
  ["access_logs.s3.prefix", ""],
  ["connection_logs.s3.enabled", "false"],
  ["connection_logs.s3.bucket", ""],
  ["connection_logs.s3.prefix", ""],
  ["idle_timeout.timeout_seconds", "60"],
  ["client_keep_alive.seconds", "3600"],
  ["routing.http.desync_mitigation_mode", "defensive"],
  ["routing.http.drop_invalid_header_fields.enabled", "false"],
  ["routing.http.preserve_host_header.enabled", "false"],
  ["routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false"],
  ["routing.http.xff_client_port.enabled", "false"],
  ["routing.http.xff_header_processing.mode", "append"],
  ["routing.http2.enabled", "true"],
  ["waf.fail_open.enabled", "false"],
  ["zonal_shift.config.enabled", "false"],
];

/** Attributes of load balancers, and the deletion that one of them forbids. */
export const balancerAttributeOperations = (balancing: Balancing): Operations<typeof sdk> => ({
  ModifyLoadBalancerAttributes: {
    rights: (input) => onResource(balancing, "ModifyLoadBalancerAttributes", input.LoadBalancerArn),
    run: (input) => {
      const balancer = balancerOf(balancing, input.LoadBalancerArn);
      setAttributes(balancer, input.Attributes ?? []);
      return { Attributes: listed(balancer) };
    },
  },
  DescribeLoadBalancerAttributes: { run: (input) => ({ Attributes: listed(balancerOf(balancing, input.LoadBalancerArn)) }) },
  DeleteLoadBalancer: {
    rights: (input) => onResource(balancing, "DeleteLoadBalancer", input.LoadBalancerArn),
    run: (input) => {
      remove(balancing, input.LoadBalancerArn ?? "");
      return {};
    },
  },
});

const listed = ({ attributes }: LoadBalancer): sdk.LoadBalancerAttribute[] => [...attributes].map(([Key, Value]) => ({ Key, Value }));

/** All or nothing: one bad attribute leaves the others as they were. */
function setAttributes({ attributes }: LoadBalancer, given: sdk.LoadBalancerAttribute[]): void {
  const next = new Map(attributes);
  for (const { Key = "", Value = "" } of given) {
    if (!attributes.has(Key)) throw new AwsError("ValidationError", `Load balancer attribute key '${Key}' is not recognized`);
    checkValue(Key, Value, attributes.get(Key) ?? "");
    next.set(Key, Value);
  }
  if (next.get("access_logs.s3.enabled") === "true" && !next.get("access_logs.s3.bucket"))
    throw new AwsError("InvalidConfigurationRequest", "The value of 'access_logs.s3.bucket' cannot be empty when access logs are enabled");
  for (const [key, value] of next) attributes.set(key, value);
}

function checkValue(key: string, value: string, before: string): void {
  const isSwitch = before === "true" || before === "false";
  if (isSwitch && value !== "true" && value !== "false")
    throw new AwsError("ValidationError", `Load balancer attribute value '${value}' for '${key}' must be 'true' or 'false'`);
  if (key === "idle_timeout.timeout_seconds" && !(Number(value) >= 1 && Number(value) <= 4_000))
    throw new AwsError("ValidationError", `'${key}' must be between 1 and 4000 seconds inclusive`);
}

/** A balancer that does not exist is gone already: the call succeeds (API reference, DeleteLoadBalancer). */
function remove(balancing: Balancing, arn: string): void {
  const balancer = balancing.balancers.get(arn);
  if (balancer?.attributes.get("deletion_protection.enabled") === "true")
    throw new AwsError("OperationNotPermitted", `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`);
  balancing.balancers.delete(arn);
  for (const listener of [...balancing.listeners.values()]) if (listener.balancer === arn) balancing.listeners.delete(listener.arn);
  for (const group of balancing.targetGroups.values()) group.balancers.delete(arn);
}
