import { type OutlineItem, outline } from "@steward/core/topology/outline";
import { REMOVAL, whatStays } from "@steward/core/topology/removal";
import { removalOutline } from "@steward/core/topology/removal-outline";
import { mayInWords } from "@steward/core/topology/rights-words";
import type { Topology } from "@steward/core/topology/topology";
import { describe, expect, test } from "vitest";
import { haSettings, haTopology, singleTopology } from "../../settings.ts";

const { zones } = haSettings().network;
const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";
const pager = ["https://pager.example.com/S3CR3T"];
const pair = haTopology("demo", { certificateArn, network: { zones, interfaceEndpoints: true }, database: { multiAz: true }, alerts: { pager } });
const server = singleTopology();

const items = (topology: Topology, id: string): OutlineItem[] => outline(topology).find((group) => group.id === id)?.items ?? [];
const details = (topology: Topology, id: string, what: string): string[] =>
  items(topology, id)
    .filter((item) => item.what === what)
    .flatMap((item) => item.details);

/** Every text under `name`, `alias`, `id` or `key` that names a thing of its own in the account. */
const named = ({ network, ...topology }: Topology): string[] =>
  [
    ...[network.vpc, ...network.subnets, ...network.routeTables, ...network.endpoints, ...network.securityGroups, network.natGateway],
    ...[topology.group, topology.launchTemplate, topology.nodeRole, topology.drillRole, ...topology.logGroups, topology.dataVolume, topology.address],
    ...[topology.balancer, topology.balancer?.targetGroup, ...(topology.balancer?.listeners ?? []), topology.table, topology.document],
    ...[...topology.buckets, ...topology.secrets, ...topology.parameters, ...topology.topics, topology.deadLetter],
    ...[...topology.functions, ...topology.rules, ...topology.schedules, ...topology.alarms, ...topology.composites, topology.dashboard],
    ...[topology.image.pipeline, topology.image.builder, ...topology.image.components],
    ...topology.keys.map(({ alias }) => ({ name: alias })),
    ...topology.objects.map(({ key }) => ({ name: key })),
    ...(topology.database ? [{ name: topology.database.id }, topology.database.subnetGroup, topology.database.parameterGroup] : []),
    ...[{ name: topology.bus }, { name: network.internetGateway }],
  ].flatMap((thing) => (thing ? [thing.name] : []));

describe.each([pair, server])("the outline of $kind", (topology) => {
  const all = outline(topology).flatMap((group) => group.items);

  test("has everything that has a name of its own, once, and nothing else", () => {
    expect(all.map(({ name }) => name).sort()).toEqual(named(topology).sort());
  });

  test("never has two things of one kind and name", () => {
    const both = all.map(({ what, name }) => `${what} ${name}`);
    expect(new Set(both).size).toBe(both.length);
  });

  test("has no empty group", () => {
    for (const group of outline(topology)) expect(group.items.length).toBeGreaterThan(0);
  });

  test("gives each alarm's threshold, reason and source", () => {
    for (const { name, because, source } of topology.alarms) {
      const item = all.find((one) => one.what === "alarm" && one.name === name);
      expect(item?.details[0]).toMatch(/ (≥|>|<|≤) [\d,]+ in \d+ of \d+ × \d+ s; missing data: /);
      expect(item?.details[1]).toBe(`${because} (${source})`);
    }
  });

  test("gives every opening with its reason", () => {
    const openings = topology.network.securityGroups.flatMap(({ ingress, egress }) => [...ingress, ...egress]);
    const told = details(topology, "reach", "security group").filter((detail) => /^(in|out): /.test(detail));
    expect(told).toHaveLength(openings.length);
  });

  test("gives every right of every role in words", () => {
    const { functions, nodeRole, drillRole, image } = topology;
    const roles = [...functions.map(({ role }) => role), nodeRole, drillRole, image.builder.role];
    const statements = roles.flatMap((role) => role?.policy.Statement ?? []);
    const told = all.flatMap((item) => item.details).filter((detail) => /^(may|never) /.test(detail));
    expect(told).toHaveLength(statements.length);
    for (const right of told) expect(right).not.toMatch(/arn:aws|undefined|\{/);
  });
});

describe("the outline", () => {
  test("says who listens, and of a receiver no more than its host", () => {
    expect(details(pair, "messages", "topic")).toContain("https: https://pager.example.com/…");
    expect(details(server, "messages", "topic")).toEqual(expect.arrayContaining(["email: people@example.com", "nobody listens"]));
    expect(JSON.stringify(outline(pair))).not.toContain("S3CR3T");
  });

  test("says what the load balancer answers on", () => {
    expect(details(pair, "reach", "listener")).toEqual(expect.arrayContaining(["HTTPS 443 to port 4242 of the nodes", "HTTP 80 redirects to HTTPS 443"]));
    expect(items(server, "reach").map(({ what }) => what)).not.toContain("listener");
  });

  test("has no database where there is none, and says where it stands by", () => {
    expect(outline(server).map(({ id }) => id)).not.toContain("database");
    expect(details(pair, "database", "database")[0]).toContain("with a standby in the other zone");
    expect(details(haTopology(), "database", "database")[0]).toContain("in one zone");
  });

  test("says that the group begins empty", () => {
    expect(details(pair, "nodes", "group")[0]).toBe("in nodes: 0 nodes at first; Steward raises it to 2 of c5.4xlarge (1 to 3)");
  });

  test("gives a range of ports as one, and tells kept from expiring, rotating from fixed", () => {
    const [group] = server.network.securityGroups;
    if (!group?.ingress[0]) throw new Error("the server has no opening");
    const ranged = { ...group, ingress: [{ ...group.ingress[0], from: 8_000, to: 8_010 }] };
    const odd: Topology = {
      ...server,
      network: { ...server.network, securityGroups: [ranged] },
      keys: server.keys.map((key) => ({ ...key, rotation: false })),
      table: { ...server.table, pointInTimeRecovery: false },
    };
    expect(details(odd, "reach", "security group")).toContain("in: tcp 8000-8010 from 203.0.113.0/24 (users of Package Manager)");
    expect(details(odd, "secrets", "key").filter((detail) => detail.startsWith("never rotates"))).toHaveLength(odd.keys.length);
    expect(details(odd, "storage", "table")).toEqual(["incidents, runs and leases"]);
  });
});

describe("a right in words", () => {
  const right = (but: Partial<Parameters<typeof mayInWords>[0]>) => mayInWords({ Effect: "Allow", Action: ["sqs:SendMessage"], Resource: ["*"], ...but });

  test.each([
    [{ Action: ["rds:DescribeDBInstances"] }, "may RDS: describe DB instances, on everything"],
    [{ Action: ["autoscaling:EnterStandby", "ec2:DescribeInstances"] }, "may Auto Scaling: enter standby; EC2: describe instances, on everything"],
    [{ Action: ["newservice:DoIt"] }, "may newservice: do it, on everything"],
    [{ Effect: "Deny" as const }, "never SQS: send message, on everything"],
    [{ Resource: ["arn:aws:s3:::a-bucket", "arn:aws:s3:::a-bucket/*"] }, "may SQS: send message, on a-bucket and a-bucket/*"],
    [{ Resource: ["{key:vault}"] }, "may SQS: send message, on the key vault"],
    [{ Condition: { StringEquals: { a: ["x", "y"] } } }, "may SQS: send message, on everything; only where a is x or y"],
    [
      { Condition: { ArnLike: { a: "x" }, StringNotEquals: { b: "y" } } },
      "may SQS: send message, on everything; only where a is like x; only where b is not y",
    ],
    [{ Condition: { Null: { a: "false", b: "true" } } }, "may SQS: send message, on everything; only where a is given; only where b is missing"],
  ])("%j", (but, words) => {
    expect(right(but)).toBe(words);
  });
});

describe.each([pair, server])("the removal of $kind", (topology) => {
  const { goes, stays, protected: kept, commands } = removalOutline(topology);

  test("keeps what the table says, and nothing both goes and stays", () => {
    expect([...stays, ...kept].sort()).toEqual(whatStays(topology).sort());
    expect(goes.filter((words) => [...stays, ...kept].includes(words))).toEqual([]);
  });

  test("ends everything else that the stage has", () => {
    const gone = Object.entries(REMOVAL).filter(([kind, { fate }]) => fate === "goes" && (kind !== "balancer" || topology.balancer));
    expect(goes).toEqual(gone.map(([, { words }]) => words));
  });

  test("names the stage in both of its steps", () => {
    expect(commands).toEqual(["STEWARD_ALLOW_REMOVE=demo npx sst deploy --stage demo", "STEWARD_ALLOW_REMOVE=demo npx sst remove --stage demo"]);
  });
});

test("a pipeline that is switched off, or builds whatever has changed, says so", () => {
  const { image, ...rest } = haTopology();
  const other = { ...rest, image: { ...image, pipeline: { ...image.pipeline, enabled: false, builds: "always" as const } } };
  const told = outline(other)
    .flatMap((group) => group.items)
    .find(({ what }) => what === "image pipeline");
  expect(told?.details.join(" ")).toMatch(/^would look at .* builds each time/);
});
