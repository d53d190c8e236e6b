import { apiOf } from "@steward/simulator/deploy/api";
import { deploy } from "@steward/simulator/deploy/deploy";
import { runningNodes } from "@steward/simulator/faults/nodes";
import { fault } from "@steward/simulator/faults/registry";
import { SINGLE_IMAGE } from "@steward/simulator/fleet/machine-image";
import { servingNodes } from "@steward/simulator/invariants/fleet";
import { watchInvariants } from "@steward/simulator/invariants/watch";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import { assert, describe, expect, test } from "vitest";
import { singleTopology } from "../../settings.ts";
import { demoFleet, notingFunctions } from "./deploy-fixture.ts";

const MINUTE = 60_000;

/** The deployed single server, watched; nobody acts on it but the test. */
async function watched() {
  const world = createAccount({ code: notingFunctions().store, seed: 1, dependencies: { defaultImage: SINGLE_IMAGE } });
  const deployed = await drive(() => deploy(world, singleTopology(), { fleet: demoFleet, admitted: true }));
  const watch = watchInvariants(world, deployed);
  const [server = ""] = runningNodes(world);
  const { dataVolume = "", address = "" } = deployed.named;
  const operator = apiOf(world.account, world.operator);
  return { world, deployed, watch, server, dataVolume, address, operator, found: () => watch.violations.map(({ invariant }) => invariant) };
}

test("a server that serves breaks nothing, whatever becomes of its instance", async () => {
  for (const id of ["kill", "stop", "hang", "service-crash"]) {
    const { world, server, watch } = await watched();
    fault(id).inject(world, { instanceId: server });
    await advance(60 * MINUTE);
    expect(watch.violations, id).toEqual([]);
  }
});

test("a snapshot that is called consistent although its volume did not stand still is found", async () => {
  const { dataVolume, operator, watch } = await watched();
  const tags = (consistency: string) => [
    { Key: "steward:stage", Value: "demo" },
    { Key: "steward:consistency", Value: consistency },
  ];
  const TagSpecifications = [{ ResourceType: "snapshot" as const, Tags: tags("unproven") }];
  const { SnapshotId = "" } = await drive(() => operator("ec2", "CreateSnapshot", { VolumeId: dataVolume, TagSpecifications }));
  await advance(MINUTE);
  await drive(() => operator("ec2", "CreateTags", { Resources: [SnapshotId], Tags: tags("crash") }));
  expect(watch.violations).toEqual([]);
  await drive(() => operator("ec2", "CreateTags", { Resources: [SnapshotId], Tags: tags("application") }));
  expect(watch.violations).toMatchObject([
    { invariant: "consistency-true", what: `the snapshot ${SnapshotId} is called consistent, and its volume did not stand still` },
  ]);
});

describe("the data volume", () => {
  test("is missed once somebody has deleted it", async () => {
    const { world, server, dataVolume, operator, watch } = await watched();
    fault("kill").inject(world, { instanceId: server });
    await advance(5 * MINUTE);
    await drive(() => operator("ec2", "DeleteVolume", { VolumeId: dataVolume }));
    await advance(MINUTE);
    expect(watch.violations).toMatchObject([
      { invariant: "volume-kept", what: `the data volume ${dataVolume} is deleting` },
      { invariant: "volume-kept", what: `the data volume ${dataVolume} is deleted` },
    ]);
  });

  test("is found on a server that goes on writing to it when EC2 has taken it away", async () => {
    const { world, dataVolume, server, watch } = await watched();
    const volume = world.ec2.volumes.get(dataVolume);
    assert(volume);
    Object.assign(volume, { state: "available", attachment: undefined });
    await advance(MINUTE);
    expect(watch.violations).toMatchObject([{ invariant: "volume-kept", what: `${server} writes to the data volume ${dataVolume}, which is free` }]);
  });

  test("is no function's to move, even where it is not allowed to", async () => {
    const { world, deployed, dataVolume, found } = await watched();
    const remediate = apiOf(world.account, deployed.functions.remediate.principal);
    await expect(drive(() => remediate("ec2", "DetachVolume", { VolumeId: dataVolume, Force: true }))).rejects.toThrow();
    expect(found()).toEqual(["nothing-forbidden", "volume-unmoved"]);
  });

  test("is a person's to move", async () => {
    const { operator, dataVolume, server, found } = await watched();
    await drive(() => operator("ec2", "DetachVolume", { VolumeId: dataVolume, InstanceId: server, Force: true }));
    await advance(5 * MINUTE);
    expect(found()).toEqual([]);
  });
});

test("a server without the address serves nobody, and is found when it answers for a quarter of an hour", async () => {
  const { world, deployed, operator, address, server, watch } = await watched();
  const AssociationId = world.ec2.addresses.get(address)?.association?.id;
  await drive(() => operator("ec2", "DisassociateAddress", { AssociationId }));
  expect(servingNodes(world, deployed)).toEqual([]);
  await advance(14 * MINUTE);
  expect(watch.violations).toEqual([]);
  await advance(3 * MINUTE);
  expect(watch.violations).toMatchObject([{ invariant: "address-follows", what: expect.stringContaining(server) }]);
});

describe("the group", () => {
  test("may end the server when somebody asks for it", async () => {
    const { operator, server, found } = await watched();
    await drive(() => operator("autoscaling", "TerminateInstanceInAutoScalingGroup", { InstanceId: server, ShouldDecrementDesiredCapacity: false }));
    await advance(10 * MINUTE);
    expect(found()).toEqual([]);
  });

  test("is found when it replaces a stopped server by itself, because its own hands were set free", async () => {
    const { operator, world, deployed, server, watch } = await watched();
    await drive(() => operator("autoscaling", "ResumeProcesses", { AutoScalingGroupName: deployed.topology.group.name }));
    fault("stop").inject(world, { instanceId: server });
    await advance(20 * MINUTE);
    expect(watch.violations).toMatchObject([{ invariant: "server-unreplaced", what: `the group took ${server} out of service by itself` }]);
  });
});
