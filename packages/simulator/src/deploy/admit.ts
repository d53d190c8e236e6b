import type { CommandEnvelope } from "@steward/core/fleet/probe";
import type { Topology } from "@steward/core/topology/topology";
import type { Account } from "../account/account.ts";
import { AwsError } from "../account/operation.ts";
import type { Api } from "./api.ts";
import { type Named, nameOf } from "./named.ts";
import { waitUntil } from "./wait.ts";

export interface Admission {
  named: Named;
  /** Where the balancer looks; undefined where there is none. */
  targetGroupArn?: string;
}

/**
 * The fleet as a finished first deploy leaves it: every node answers, has left its launch hook and serves.
 * The operator completes the hooks, so this needs nobody that watches the group; in `single` the operator first gives the server its volume and its address.
 */
export async function admitAll(account: Account, operator: Api, topology: Topology, admission: Admission): Promise<void> {
  const { group } = topology;
  const told = new Map<string, number>();
  await waitUntil(
    `${group.serving.desired} serving nodes of ${group.name}`,
    async () => {
      for (const instanceId of await waiting(operator, group.name)) await admit(account, operator, topology, { ...admission, instanceId, told });
      return await inService(operator, group.name, admission.targetGroupArn);
    },
    (serving) => serving >= group.serving.desired,
  );
}

async function waiting(operator: Api, group: string): Promise<string[]> {
  const { AutoScalingGroups } = await operator("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [group] });
  const instances = AutoScalingGroups?.[0]?.Instances?.filter((instance) => instance.LifecycleState === "Pending:Wait") ?? [];
  return instances.map(({ InstanceId = "" }) => InstanceId);
}

interface Waiting extends Admission {
  instanceId: string;
  /** When a server was last told to converge. */
  told: Map<string, number>;
}

async function admit(account: Account, operator: Api, topology: Topology, { named, instanceId, told }: Waiting): Promise<void> {
  if (topology.dataVolume) await giveVolume(operator, nameOf(named, "dataVolume"), instanceId);
  const answer = account.links.machine(instanceId)?.http(topology.service.healthPath);
  if (answer?.kind !== "answer" || answer.status !== 200) {
    if (!topology.dataVolume || Date.now() - (told.get(instanceId) ?? 0) < TELL_AGAIN_MS) return;
    if (await converge(operator, topology.document.name, instanceId)) told.set(instanceId, Date.now());
    return;
  }
  if (topology.address) await operator("ec2", "AssociateAddress", { AllocationId: nameOf(named, "address"), InstanceId: instanceId });
  const hook = topology.group.hooks.find(({ transition }) => transition === "autoscaling:EC2_INSTANCE_LAUNCHING");
  await complete(operator, { group: topology.group.name, hook: hook?.name ?? "", instanceId });
}

/** Once; the instance may not run yet, then the next look tries again. */
async function giveVolume(operator: Api, VolumeId: string, InstanceId: string): Promise<void> {
  const { Volumes } = await operator("ec2", "DescribeVolumes", { VolumeIds: [VolumeId] });
  const { Reservations } = await operator("ec2", "DescribeInstances", { InstanceIds: [InstanceId] });
  if (Volumes?.[0]?.State !== "available" || Reservations?.[0]?.Instances?.[0]?.State?.Name !== "running") return;
  await operator("ec2", "AttachVolume", { VolumeId, InstanceId, Device: "/dev/sdf" });
}

/** A command that brings up a server takes some minutes at most. */
const TELL_AGAIN_MS = 150_000;

/** A server that came up before its volume did has nothing to start until it is told again; says whether it was told. */
async function converge(operator: Api, DocumentName: string, instanceId: string): Promise<boolean> {
  const { InstanceInformationList } = await operator("ssm", "DescribeInstanceInformation", { Filters: [{ Key: "InstanceIds", Values: [instanceId] }] });
  if (InstanceInformationList?.[0]?.PingStatus !== "Online") return false;
  const envelope: CommandEnvelope = { key: `first-deploy/${instanceId}/${Date.now()}`, epoch: 0, notAfter: new Date(Date.now() + 60_000) };
  const payload = Buffer.from(JSON.stringify(envelope)).toString("base64url");
  await operator("ssm", "SendCommand", { DocumentName, InstanceIds: [instanceId], Parameters: { verb: ["converge"], payload: [payload] } });
  return true;
}

/** Whoever was first completes the hook; for the second there is no active action any more. */
async function complete(operator: Api, { group, hook, instanceId }: { group: string; hook: string; instanceId: string }): Promise<void> {
  try {
    await operator("autoscaling", "CompleteLifecycleAction", {
      AutoScalingGroupName: group,
      LifecycleHookName: hook,
      InstanceId: instanceId,
      LifecycleActionResult: "CONTINUE",
    });
  } catch (error) {
    if (!(error instanceof AwsError && error.message.startsWith("No active Lifecycle Action"))) throw error;
  }
}

/** Targets that the balancer finds healthy; without a balancer, instances in service that have passed EC2's own checks. */
async function inService(operator: Api, group: string, targetGroupArn: string | undefined): Promise<number> {
  if (targetGroupArn) {
    const { TargetHealthDescriptions } = await operator("elbv2", "DescribeTargetHealth", { TargetGroupArn: targetGroupArn });
    return TargetHealthDescriptions?.filter(({ TargetHealth }) => TargetHealth?.State === "healthy").length ?? 0;
  }
  const { AutoScalingGroups } = await operator("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [group] });
  const ids = AutoScalingGroups?.[0]?.Instances?.flatMap(({ InstanceId, LifecycleState }) =>
    InstanceId && LifecycleState === "InService" ? [InstanceId] : [],
  );
  if (!ids || ids.length === 0) return 0;
  const { InstanceStatuses } = await operator("ec2", "DescribeInstanceStatus", { InstanceIds: ids });
  return InstanceStatuses?.filter(({ InstanceStatus }) => InstanceStatus?.Status === "ok").length ?? 0;
}
