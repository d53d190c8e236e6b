import { fillAll } from "@steward/core/topology/placeholders";
import type { Topology } from "@steward/core/topology/topology";
import { type Api, apiOf, patient } from "@steward/simulator/deploy/api";
import { deployGroup } from "@steward/simulator/deploy/group";
import { deployKeys } from "@steward/simulator/deploy/keys";
import { nameOf } from "@steward/simulator/deploy/named";
import { deployNetwork } from "@steward/simulator/deploy/network";
import { deployParameters, deployTable } from "@steward/simulator/deploy/state";
import { deployBuckets, deploySecrets } from "@steward/simulator/deploy/storage";
import { given, waitUntil } from "@steward/simulator/deploy/wait";
import { newArn } from "@steward/simulator/services/secrets-manager/state";
import type { SimulatedAccount } from "@steward/simulator/simulated-account";

/** Deploys what a node meets, raises the group, and waits until its instances wait in the launch hook. */
export async function deployStage(world: SimulatedAccount, topology: Topology): Promise<{ instanceIds: string[]; masterSecret: string | null }> {
  const api = patient(apiOf(world.account, world.deployer));
  const keys = await deployKeys(api, topology.keys, topology.tags);
  const named = { ...keys, ...(await deployNetwork(api, topology.network, topology.tags)) };
  await deployBuckets(api, topology.buckets, named);
  await deploySecrets(api, topology.secrets, named);
  await deployTable(api, topology);
  await deployParameters(api, topology);
  world.account.roles.set(topology.nodeRole.instanceProfile, fillAll(topology.nodeRole.policy, named));
  await deployGroup(api, topology, named);
  return { instanceIds: await raise(api, topology), masterSecret: await masterSecret(world, api, { topology, key: nameOf(named, "key:vault") }) };
}

/** As many as a test may want to have waiting. The image is Canonical's own, so nothing of ours runs on the simulated machines. */
async function raise(api: Api, { group: { name: AutoScalingGroupName } }: Topology): Promise<string[]> {
  await api("autoscaling", "UpdateAutoScalingGroup", { AutoScalingGroupName, MinSize: 0, MaxSize: 2, DesiredCapacity: 2 });
  const read = () => api("autoscaling", "DescribeAutoScalingGroups", { AutoScalingGroupNames: [AutoScalingGroupName] });
  const found = await waitUntil("two instances in the launch hook", read, ({ AutoScalingGroups }) => {
    const states = AutoScalingGroups?.[0]?.Instances?.map((instance) => instance.LifecycleState) ?? [];
    return states.length === 2 && states.every((state) => state === "Pending:Wait");
  });
  return (found.AutoScalingGroups?.[0]?.Instances ?? []).map(({ InstanceId }) => given(InstanceId, "an instance's id"));
}

/** RDS makes and tags it, under a name that nobody else may give. Source: RDS user guide, "Password management with Amazon RDS and AWS Secrets Manager". */
async function masterSecret({ secretsManager }: SimulatedAccount, api: Api, { topology, key }: { topology: Topology; key: string }): Promise<string | null> {
  const { database, place } = topology;
  if (!database) return null;
  await api("secretsmanager", "CreateSecret", { Name: "master", KmsKeyId: key });
  const name = "rds!db-5f3a1c9e-77d0-4a52-9b3e-2f0c8d1e6a44";
  const tags = { "aws:rds:primaryDBInstanceArn": `arn:aws:rds:${place.region}:${place.account}:db:${database.id}` };
  return Object.assign(given(secretsManager.secrets.get("master"), "the secret"), { name, arn: newArn(name), tags }).arn;
}
