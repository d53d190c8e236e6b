import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeInstanceInformationCommand, GetCommandInvocationCommand, GetParameterCommand, SendCommandCommand, SSMClient } from "@aws-sdk/client-ssm";
import { EffectiveDocument } from "@steward/core/desired/documents";
import { NodeSettings, nodeUserData } from "@steward/core/fleet/node-settings";
import { DesiredState } from "@steward/core/fleet/probe";
import { copyDocument } from "@steward/core/proof/copy-document";
import { DRILL_TAG } from "@steward/core/proof/drill-record";
import { names } from "@steward/core/topology/names";
import { type Deployed, deploy } from "@steward/simulator/deploy/deploy";
import { SINGLE_IMAGE } from "@steward/simulator/fleet/machine-image";
import { watchInvariants } from "@steward/simulator/invariants/watch";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { assert } from "vitest";
import { singleTopology } from "../../settings.ts";
import { settingsOf } from "./a-caller.ts";
import { send } from "./compute-world.ts";
import { demoFleet, notingFunctions } from "./deploy-fixture.ts";

const n = names("demo");
export const DRILL_TAGS = [
  { Key: DRILL_TAG.stage, Value: "demo" },
  { Key: DRILL_TAG.id, Value: "by-hand" },
];
const STAGE_TAGS = [{ Key: "steward:stage", Value: "demo" }];
const tagged = <Type extends string>(...types: Type[]) => types.map((ResourceType) => ({ ResourceType, Tags: DRILL_TAGS }));

/** The deployed single server, watched, a complete snapshot of its volume, and the operator's unmodified SDK clients. */
export async function beforeDrill(seed = 1) {
  const world = createAccount({ code: notingFunctions().store, seed, dependencies: { defaultImage: SINGLE_IMAGE } });
  const deployed = await drive(() => deploy(world, singleTopology("demo"), { fleet: demoFleet, admitted: true }));
  const watch = watchInvariants(world, deployed);
  const settings = settingsOf(world.account, world.operator);
  const [ec2, ssm, s3] = [new EC2Client(settings), new SSMClient(settings), new S3Client(settings)];
  const { SnapshotId = "" } = await send(
    ec2,
    new CreateSnapshotCommand({ VolumeId: deployed.named.dataVolume, TagSpecifications: [{ ResourceType: "snapshot", Tags: STAGE_TAGS }] }),
  );
  assert(await advanceUntil(() => world.ec2.snapshots.items.get(SnapshotId)?.state === "completed", 3 * 3_600_000));
  return { world, deployed, watch, ec2, ssm, s3, snapshotId: SnapshotId };
}

/** The same in the hands of `remediate`, with the policy that it has, and with an image of the stage as the pipeline makes them. */
export async function asRemediate(before: BeforeDrill): Promise<{ steward: BeforeDrill; imageId: string }> {
  const { account, operator } = before.world;
  const { principal } = before.deployed.functions.remediate;
  const settings = settingsOf(account, principal);
  const disk = { sizeGib: 50, encrypted: true, keyId: before.deployed.named["key:data"] };
  const wish = { name: "golden", description: undefined, rootDevice: "/dev/sda1", volumeType: "gp3" as const, tags: { "steward:stage": "demo" }, ...disk };
  const { id, isAvailable } = await drive(() => account.links.registerImage(wish, operator));
  assert(isAvailable);
  return { steward: { ...before, ec2: new EC2Client(settings), ssm: new SSMClient(settings) }, imageId: id };
}

export type BeforeDrill = Awaited<ReturnType<typeof beforeDrill>>;

/** What a drill launches: the fleet's image with rights, openings and user data of its own. */
export function prover({ named, topology }: Deployed): RunInstancesCommandInput {
  const { userData, instanceType } = topology.launchTemplate;
  const [, json = "{}"] = userData.split("\n");
  const { write_files = [] } = JSON.parse(json) as { write_files?: { content: string }[] };
  const settings = NodeSettings.parse(JSON.parse(write_files[0]?.content ?? ""));
  return {
    ImageId: demoFleet.imageId,
    InstanceType: instanceType as "m6i.xlarge",
    MinCount: 1,
    MaxCount: 1,
    ClientToken: "a-drill-by-hand",
    IamInstanceProfile: { Name: n.drill },
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: named["subnet:public-a"], AssociatePublicIpAddress: true, Groups: [named["securityGroup:drill"] ?? ""] }],
    MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
    UserData: Buffer.from(nodeUserData({ ...settings, purpose: "prove" })).toString("base64"),
    TagSpecifications: tagged("instance", "volume", "network-interface"),
  };
}

export const makeCopy = async ({ ec2, deployed, snapshotId }: BeforeDrill): Promise<string> => {
  const AvailabilityZone = deployed.topology.dataVolume?.zone;
  const input = { SnapshotId: snapshotId, AvailabilityZone, VolumeType: "gp3" as const, ClientToken: "a-copy-by-hand", TagSpecifications: tagged("volume") };
  return (await send(ec2, new CreateVolumeCommand(input))).VolumeId ?? "";
};

export const launchProver = async ({ ec2, deployed }: BeforeDrill, different: Partial<RunInstancesCommandInput> = {}): Promise<string> =>
  (await send(ec2, new RunInstancesCommand({ ...prover(deployed), ...different }))).Instances?.[0]?.InstanceId ?? "";

export const attachCopy = ({ ec2 }: BeforeDrill, InstanceId: string, VolumeId: string) =>
  send(ec2, new AttachVolumeCommand({ InstanceId, VolumeId, Device: "/dev/sdf" }));

export const describeProver = async ({ ec2 }: BeforeDrill, id: string) =>
  (await send(ec2, new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]?.Instances?.[0];

export const describeCopy = async ({ ec2 }: BeforeDrill, id: string) => (await send(ec2, new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes?.[0];

export const terminate = ({ ec2 }: BeforeDrill, id: string) => send(ec2, new TerminateInstancesCommand({ InstanceIds: [id] }));
export const deleteCopy = ({ ec2 }: BeforeDrill, VolumeId: string) => send(ec2, new DeleteVolumeCommand({ VolumeId }));

/** Instances that Systems Manager can command. */
export async function commanded({ ssm }: BeforeDrill): Promise<string[]> {
  const { InstanceInformationList = [] } = await send(ssm, new DescribeInstanceInformationCommand({}));
  return InstanceInformationList.flatMap(({ InstanceId, PingStatus }) => (PingStatus === "Online" ? [InstanceId ?? ""] : []));
}

/** Writes down what the server on the copy is to be, and names it. */
export async function writeCopyDocument({ ssm, s3 }: BeforeDrill, copyId: string) {
  const { Parameter } = await send(ssm, new GetParameterCommand({ Name: n.desired }));
  const { document } = DesiredState.parse(JSON.parse(Parameter?.Value ?? ""));
  const { Body } = await send(s3, new GetObjectCommand({ Bucket: document.bucket, Key: document.key }));
  const effective = EffectiveDocument.parse(JSON.parse((await Body?.transformToString()) ?? ""));
  const { pointer, text } = copyDocument(effective, { bucket: document.bucket, copyId });
  await send(s3, new PutObjectCommand({ Bucket: pointer.bucket, Key: pointer.key, Body: text }));
  return pointer;
}

/** One command by Systems Manager, to its end. */
export async function commandedTo({ ssm }: BeforeDrill, instanceId: string, verb: string, more: object = {}) {
  const envelope = { key: `by-hand-${verb}`, epoch: 1, notAfter: new Date(Date.now() + 300_000), ...more };
  const Parameters = { verb: [verb], payload: [Buffer.from(JSON.stringify(envelope)).toString("base64url")], executionTimeout: ["900"] };
  const { Command } = await send(ssm, new SendCommandCommand({ DocumentName: n.document, InstanceIds: [instanceId], TimeoutSeconds: 30, Parameters }));
  await advance(15 * 60_000);
  return send(ssm, new GetCommandInvocationCommand({ CommandId: Command?.CommandId, InstanceId: instanceId }));
}
