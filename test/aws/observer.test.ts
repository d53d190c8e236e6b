import { FleetFacts } from "@steward/core/fleet/facts";
import { describe, expect, test } from "vitest";
import { desired } from "../core/builders.ts";
import { anIncident } from "./ledger-contract.ts";
import { healthy, instance, LAUNCHED, LEFT, LISTED, NEW, NOW, observe } from "./seen-fleet.ts";
import { refuse, stubAws } from "./stub-aws.ts";

const pipeline = { ListImagePipelineImages: () => ({ imageSummaryList: [{ arn: "arn:1", state: { status: "BUILDING" } }] }) };
const carried = {
  DescribeVolumes: () => ({ Volumes: [{ VolumeId: "vol-1", State: "available", Tags: [{ Key: "steward:new", Value: "true" }] }] }),
  DescribeAddresses: () => ({ Addresses: [{ AllocationId: "eipalloc-1" }] }),
};

describe("the observer", () => {
  test("joins what group, EC2, balancer, database, alarms, parameters and ledger say", async () => {
    const facts = await observe(stubAws(healthy).clients);
    expect(FleetFacts.parse(JSON.parse(JSON.stringify(facts)))).toEqual(facts);
    expect(facts).toMatchObject({
      stage: "demo",
      at: NOW,
      group: { name: "steward-demo", desired: 2, min: 1, max: 3, activities: [] },
      database: { id: "steward-demo", status: "available" },
      alarms: [{ name: "steward-demo-unhealthy-hosts", state: "OK" }],
      switch: { position: "on" },
      desired,
      incidents: [anIncident()],
      unread: [],
    });
  });

  test("sees nodes that only the group knows and nodes that the group has let go, but none long gone", async () => {
    const { nodes } = await observe(stubAws(healthy).clients);
    expect(nodes).toEqual([
      {
        instanceId: LISTED,
        imageId: "ami-1",
        launchedAt: LAUNCHED,
        ec2: "running",
        statusChecks: "ok",
        lifecycle: "InService",
        target: { state: "healthy", reason: null },
        probe: { kind: "not-asked" },
      },
      {
        instanceId: LEFT,
        imageId: "ami-1",
        launchedAt: LAUNCHED,
        ec2: "shutting-down",
        statusChecks: "unknown",
        lifecycle: null,
        target: null,
        probe: { kind: "not-asked" },
      },
      {
        instanceId: NEW,
        imageId: "unknown",
        launchedAt: NOW,
        ec2: null,
        statusChecks: "unknown",
        lifecycle: "InService",
        target: null,
        probe: { kind: "not-asked" },
      },
    ]);
  });

  test("asks nodes that run, and takes silence for unknown", async () => {
    const { clients, inputs } = stubAws({ ...healthy, SendCommand: refuse("InvalidInstanceId", "not managed") });
    const { nodes, unread } = await observe(clients, { probe: "everybody" });
    expect(nodes.map(({ probe }) => probe.kind)).toEqual(["unknown", "not-asked", "not-asked"]);
    expect(inputs("SendCommand")).toHaveLength(1);
    expect(unread).toEqual([]);
  });

  test.each([
    ["DescribeAutoScalingGroups", ["group"]],
    ["DescribeScalingActivities", ["activities"]],
    ["DescribeInstances", ["instances", "instances of the group"]],
    ["DescribeInstanceStatus", ["status checks"]],
    ["DescribeTargetHealth", ["targets"]],
    ["DescribeAlarms", ["alarms"]],
    ["DescribeDBInstances", ["database"]],
    ["GetParameter", ["desired state", "switch"]],
    ["Query", ["announcements", "attempts", "closed incidents", "first deploy", "images", "incidents", "leases", "lineage", "plans", "runs"]],
    ["ListImagePipelineImages", ["builds of the image"]],
  ])("names what %s did not say, and reads all the rest", async (operation, what) => {
    const facts = await observe(stubAws({ ...healthy, ...pipeline, [operation]: refuse("AccessDenied", "not authorized", 403) }).clients, { builds: true });
    expect(facts.unread.map((line) => line.what)).toEqual(what);
    expect(facts.unread[0]?.because).toContain("not authorized");
    expect(FleetFacts.safeParse(JSON.parse(JSON.stringify(facts))).success).toBe(true);
  });

  test("never takes an unreadable switch for on", async () => {
    const GetParameter = ({ Name }: Record<string, unknown>) => ({ Parameter: { Value: Name === "/steward/demo/switch" ? "ON" : JSON.stringify(desired) } });
    const facts = await observe(stubAws({ ...healthy, GetParameter }).clients);
    expect(facts.switch).toEqual({ position: "off", because: "the switch could not be read" });
    expect(facts.unread.map(({ what }) => what)).toEqual(["switch"]);
  });
});

describe("what Image Builder is at", () => {
  test("is asked for only by who wants to know", async () => {
    const { clients, inputs } = stubAws({ ...healthy, ...pipeline });
    expect((await observe(clients)).builds).toBeNull();
    expect(inputs("ListImagePipelineImages")).toEqual([]);
    expect((await observe(clients, { builds: true })).builds).toMatchObject([{ arn: "arn:1", state: "under-way" }]);
  });
});

describe("a drill", () => {
  const single = {
    DescribeVolumes: () => ({ Volumes: [] }),
    DescribeAddresses: () => ({ Addresses: [] }),
    SendCommand: refuse("InvalidInstanceId", "not there"),
  };
  const DescribeInstances = ({ Filters }: Record<string, unknown>) => ({
    Reservations: [{ Instances: (Filters as { Name: string }[])[0]?.Name === "tag:steward:drill" ? [instance(LEFT, "running")] : [] }],
  });

  test("is asked for only by who wants to know, and never in a pair", async () => {
    const { clients } = stubAws({ ...healthy, ...single, DescribeInstances });
    expect((await observe(clients, { topology: "single" })).drill).toBeNull();
    expect((await observe(clients, { drill: true })).drill).toBeNull();
    const { drill, unread } = await observe(clients, { topology: "single", drill: true, probe: "everybody" });
    expect([drill, unread]).toEqual([
      {
        record: null,
        instances: [{ id: LEFT, drillId: null, state: "running", madeAt: LAUNCHED }],
        volumes: [],
        probe: null,
        proof: { kind: "not-asked" },
        count: { kind: "not-asked" },
        since: null,
      },
      [],
    ]);
  });

  test("that can't be read is named", async () => {
    const { clients } = stubAws({ ...healthy, ...single, DescribeInstances: refuse("AccessDenied", "not authorized", 403) });
    const { unread } = await observe(clients, { topology: "single", drill: true });
    expect(unread.map(({ what }) => what)).toContain("servers of drills");
  });
});

describe("the images of the stage", () => {
  const noImages = {
    DescribeImages: () => ({ Images: [] }),
    DescribeLaunchTemplateVersions: () => ({ LaunchTemplateVersions: [] }),
    DescribeSnapshots: () => ({ Snapshots: [] }),
    DescribeLockedSnapshots: () => ({ Snapshots: [] }),
  };

  test("are asked for only by who wants to know", async () => {
    const { clients, inputs } = stubAws({ ...healthy, ...pipeline, ...noImages });
    expect((await observe(clients)).ownImages).toBeNull();
    expect(inputs("DescribeImages")).toEqual([]);
    expect((await observe(clients, { images: true })).ownImages).toMatchObject({ stage: "demo", at: NOW, images: [] });
  });

  test("that can't be read are named, and are not none", async () => {
    const { clients } = stubAws({ ...healthy, ...pipeline, ...noImages, DescribeImages: refuse("AccessDenied", "not authorized", 403) });
    expect(await observe(clients, { images: true })).toMatchObject({ ownImages: null, unread: [{ what: "images of the stage" }] });
  });
});

describe("a single server", () => {
  const alone = { ...healthy, ...carried, SendCommand: refuse("InvalidInstanceId", "not managed") };

  test("is seen with its data volume and its address, which a pair does not have", async () => {
    const { clients, inputs } = stubAws(alone);
    const dataVolume = { id: "vol-1", state: "available", attachedTo: null, isNew: true };
    expect(await observe(clients, { topology: "single" })).toMatchObject({
      dataVolume,
      address: { allocationId: "eipalloc-1", instanceId: null },
      database: null,
      unread: [],
    });
    expect(inputs("DescribeTargetHealth")).toEqual([]);
    expect(await observe(stubAws(healthy).clients)).toMatchObject({ dataVolume: null, address: null });
  });

  test("is asked whether it serves, because no balancer says so, unless nobody is to be asked", async () => {
    const DescribeInstances = () => ({ Reservations: [{ Instances: [instance(LISTED, "running")] }] });
    const commands = async (probe: "nobody" | "front") => {
      const { clients, inputs } = stubAws({ ...alone, DescribeInstances });
      await observe(clients, { topology: "single", probe });
      return inputs("SendCommand").length;
    };
    expect(await commands("front")).toBeGreaterThan(0);
    expect(await commands("nobody")).toBe(0);
  });

  test("is seen with its slots and prunings, which a pair does not have", async () => {
    const partitions = async (topology: "single" | "ha") => {
      const { clients, inputs } = stubAws(alone);
      expect(await observe(clients, { topology })).toMatchObject({ slots: [], prunings: [] });
      return inputs("Query").map(({ ExpressionAttributeValues }) => (ExpressionAttributeValues as Record<string, { S?: string }>)[":pk"]?.S);
    };
    expect(await partitions("single")).toEqual(expect.arrayContaining(["SLOT", "PRUNING"]));
    const pair = await partitions("ha");
    expect(pair.filter((pk) => pk === "SLOT" || pk === "PRUNING")).toEqual([]);
    const silent = await observe(stubAws({ ...alone, Query: refuse("AccessDeniedException", "no") }).clients, { topology: "single" });
    expect(silent.unread.map(({ what }) => what)).toEqual(expect.arrayContaining(["slots", "prunings"]));
  });

  test.each([
    ["DescribeVolumes", "data volume"],
    ["DescribeAddresses", "address"],
  ])("is not without what %s did not say", async (operation, what) => {
    const facts = await observe(stubAws({ ...alone, [operation]: refuse("AccessDenied", "no", 403) }).clients, { topology: "single" });
    expect(facts.unread.map((line) => line.what)).toEqual([what]);
  });
});
