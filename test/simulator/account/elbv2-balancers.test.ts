import {
  CreateListenerCommand,
  type CreateListenerCommandInput,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  ModifyLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { beforeEach, describe, expect, test } from "vitest";
import { type ComputeWorld, computeWorld, send } from "./compute-world.ts";

const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";

let world: ComputeWorld;
let LoadBalancerArn: string;
let TargetGroupArn: string;

const balancer = (Subnets: string[], Name = "steward-demo") =>
  send(world.sdk.elbv2, new CreateLoadBalancerCommand({ Name, Type: "application", Subnets, SecurityGroups: ["sg-0a"] }));

beforeEach(async () => {
  world = computeWorld(10);
  LoadBalancerArn = (await balancer(["subnet-a", "subnet-b"])).LoadBalancers?.[0]?.LoadBalancerArn ?? "";
  const { TargetGroups } = await send(world.sdk.elbv2, new CreateTargetGroupCommand({ Name: "nodes", Port: 4242, Protocol: "HTTP", VpcId: "vpc-1" }));
  TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? "";
});

const set = (...Attributes: { Key: string; Value: string }[]) =>
  send(world.sdk.elbv2, new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes }));
const attribute = async (wanted: string) =>
  (await send(world.sdk.elbv2, new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }))).Attributes?.find(({ Key }) => Key === wanted)?.Value;
const remove = () => send(world.sdk.elbv2, new DeleteLoadBalancerCommand({ LoadBalancerArn }));

describe("a load balancer", () => {
  test("has its security groups, and stands in two zones", async () => {
    const { LoadBalancers } = await send(world.sdk.elbv2, new DescribeLoadBalancersCommand({ LoadBalancerArns: [LoadBalancerArn] }));
    expect(LoadBalancers?.[0]?.SecurityGroups).toEqual(["sg-0a"]);
    await expect(balancer(["subnet-a"], "small")).rejects.toMatchObject({ name: "ValidationError" });
    await expect(balancer(["subnet-a", "subnet-b", "subnet-g"], "odd")).rejects.toMatchObject({ name: "InvalidConfigurationRequestException" });
  });

  test("has AWS's attributes until they are changed, all of a request or none", async () => {
    expect(await attribute("idle_timeout.timeout_seconds")).toBe("60");
    await set({ Key: "idle_timeout.timeout_seconds", Value: "300" }, { Key: "routing.http.drop_invalid_header_fields.enabled", Value: "true" });
    expect([await attribute("idle_timeout.timeout_seconds"), await attribute("routing.http.drop_invalid_header_fields.enabled")]).toEqual(["300", "true"]);
    const bad = set({ Key: "idle_timeout.timeout_seconds", Value: "100" }, { Key: "idle_timeout.timeout_seconds", Value: "5000" });
    await expect(bad).rejects.toMatchObject({ name: "ValidationError" });
    expect(await attribute("idle_timeout.timeout_seconds")).toBe("300");
    await expect(set({ Key: "colour", Value: "red" })).rejects.toMatchObject({ name: "ValidationError" });
    await expect(set({ Key: "access_logs.s3.enabled", Value: "true" })).rejects.toMatchObject({ name: "InvalidConfigurationRequestException" });
  });

  test("under deletion protection is not deleted", async () => {
    await set({ Key: "deletion_protection.enabled", Value: "true" });
    await expect(remove()).rejects.toMatchObject({ name: "OperationNotPermittedException" });
    await set({ Key: "deletion_protection.enabled", Value: "false" });
    await remove();
    await remove();
    expect(world.elbv2.balancers.size).toBe(0);
  });
});

describe("a listener", () => {
  const listen = (extra: Partial<CreateListenerCommandInput>) =>
    send(world.sdk.elbv2, new CreateListenerCommand({ LoadBalancerArn, DefaultActions: [{ Type: "forward", TargetGroupArn }], ...extra }));
  const redirect = (RedirectConfig: object) => ({
    Port: 80,
    Protocol: "HTTP" as const,
    DefaultActions: [{ Type: "redirect" as const, RedirectConfig }] as never,
  });

  test("serves with a certificate, and another one sends to it", async () => {
    await listen({ Port: 443, Protocol: "HTTPS", SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06", Certificates: [{ CertificateArn: CERTIFICATE }] });
    await listen(redirect({ Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" }));
    const { Listeners } = await send(world.sdk.elbv2, new DescribeListenersCommand({ LoadBalancerArn }));
    expect(Listeners).toMatchObject([
      { Port: 443, SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06", Certificates: [{ CertificateArn: CERTIFICATE }], DefaultActions: [{ Type: "forward" }] },
      { Port: 80, DefaultActions: [{ Type: "redirect", RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" } }] },
    ]);
  });

  test.each([
    [{ Port: 443, Protocol: "HTTPS" as const }, "ValidationError"],
    [{ Port: 443, Protocol: "HTTPS" as const, Certificates: [{ CertificateArn: "mine" }] }, "CertificateNotFoundException"],
    [{ Port: 80, Protocol: "HTTP" as const, Certificates: [{ CertificateArn: CERTIFICATE }] }, "InvalidConfigurationRequestException"],
    [{ Port: 443, Protocol: "HTTPS" as const, Certificates: [{ CertificateArn: CERTIFICATE }], SslPolicy: "none" }, "SSLPolicyNotFoundException"],
    [redirect({ StatusCode: "HTTP_301" }), "InvalidLoadBalancerActionException"],
  ])("is refused as %j", async (extra, code) => {
    await expect(listen(extra)).rejects.toMatchObject({ name: code });
  });
});
