import { Switch } from "@steward/core/fleet/facts";
import { Keeping, keepingOf } from "@steward/core/settings/schema";
import { KEEPING } from "@steward/core/survey/duties";
import { alarmIds } from "@steward/core/topology/alarms";
import { FUNCTION_IDS } from "@steward/core/topology/control-spec";
import { KEEPERS } from "@steward/core/topology/functions";
import { oversize, topologyThatFits } from "@steward/core/topology/limits";
import { names } from "@steward/core/topology/names";
import { fill, fillAll, placeholders } from "@steward/core/topology/placeholders";
import { TOPOLOGIES } from "@steward/core/topology/topology";
import { sweep } from "@steward/core/triggers/sweep";
import { describe, expect, test } from "vitest";
import { haSettings, haTopology, singleSettings, singleTopology } from "../../settings.ts";

const n = names("demo");
const pair = haTopology();
const server = singleTopology();
type Topology = typeof pair;

test("there is a topology for either architecture", () => {
  expect([server, pair].map(({ kind }) => kind)).toEqual(TOPOLOGIES);
});

/** Everything that has a name of its own in the account. */
const named = (topology: Topology): string[] =>
  [
    ...topology.functions,
    ...topology.rules,
    ...topology.schedules,
    ...topology.alarms,
    ...topology.composites,
    ...topology.group.hooks,
    ...topology.parameters,
    ...topology.topics,
    ...topology.buckets,
    ...topology.secrets,
    topology.group,
    topology.launchTemplate,
    topology.table,
    topology.deadLetter,
    topology.document,
    topology.nodeRole,
    ...(topology.drillRole ? [topology.drillRole] : []),
    topology.dashboard,
    ...topology.logGroups,
    { name: topology.bus },
    ...topology.keys.map(({ alias }) => ({ name: alias })),
    ...topology.network.securityGroups,
  ].map(({ name }) => name);

describe.each([pair, server])("the names of $kind", (topology) => {
  test("of two stages never meet", () => {
    const other = topology.kind === "ha" ? haTopology("prod") : singleTopology("prod");
    expect(named(topology).filter((name) => named(other).includes(name))).toEqual([]);
  });

  test.each(["functions", "rules", "schedules", "alarms", "parameters", "topics", "buckets", "secrets"] as const)("of %s are unique", (kind) => {
    const all = topology[kind].map(({ name }) => name);
    expect(new Set(all).size).toBe(all.length);
  });

  test("of alarms are those of the list", () => {
    for (const { name } of [...topology.alarms, ...topology.composites]) expect(alarmIds.map(n.alarm)).toContain(name);
  });
});

/** Limits: target groups and load balancers 32 characters, functions and roles 64, buckets 63 (API references). */
test("the longest stage's names stay within what AWS accepts", () => {
  const { balancer, functions, buckets, nodeRole } = haTopology("a2345678901b");
  const { drillRole } = singleTopology("a2345678901b");
  expect(Math.max(...[balancer?.name ?? "", balancer?.targetGroup.name ?? ""].map(({ length }) => length))).toBeLessThanOrEqual(32);
  expect(Math.max(...[...functions, ...functions.map(({ role }) => role), nodeRole, drillRole].map((spec) => spec?.name.length ?? 0))).toBeLessThanOrEqual(64);
  expect(Math.max(...buckets.map(({ name }) => name.length))).toBeLessThanOrEqual(63);
});

describe.each([pair, server])("everything of $kind", (topology) => {
  const text = JSON.stringify(topology);

  test("that is encrypted names a key of the stage", () => {
    const used = [...text.matchAll(/"key":"([a-z]+)"/g)].map(([, id]) => id);
    expect(used.length).toBeGreaterThan(0);
    for (const id of used) expect(topology.keys.map((key) => key.id)).toContain(id);
  });

  test("that is named by AWS stands as a placeholder that somebody fills", () => {
    const known = [...topology.keys.map(({ id }) => `key:${id}`), "loadBalancer", "targetGroup", "program"];
    for (const name of placeholders(text)) expect(known).toContain(name);
  });

  test("that lies in a subnet or behind a security group lies in one of the stage", () => {
    const { network, group, launchTemplate, database, balancer } = topology;
    const subnets = [group.subnets, database?.subnetGroup.subnets ?? [], balancer?.subnets ?? [], network.routeTables.flatMap((table) => table.subnets)].flat();
    for (const id of subnets) expect(network.subnets.map((subnet) => subnet.id)).toContain(id);
    const groups = [launchTemplate, database, balancer].flatMap((spec) => spec?.securityGroup ?? []);
    const peers = network.securityGroups.flatMap(({ ingress, egress }) => [...ingress, ...egress]).flatMap(({ peer }) => ("group" in peer ? [peer.group] : []));
    for (const id of [...groups, ...peers]) expect(network.securityGroups.map((securityGroup) => securityGroup.id)).toContain(id);
  });

  test("fits where it is stored", () => {
    expect(oversize(topology)).toEqual([]);
  });

  test("that is delivered goes to a function that exists, is retried, and ends in the dead letter queue", () => {
    const handlers = topology.functions.map(({ handler }) => handler);
    for (const { target, deadLetter, retries, maxAgeSeconds } of [...topology.rules, ...topology.schedules]) {
      expect(handlers).toContain(target);
      expect(deadLetter).toBe(topology.deadLetter.name);
      expect(retries).toBeGreaterThan(0);
      expect(maxAgeSeconds).toBeGreaterThanOrEqual(60);
    }
  });

  test("that a function can fail at has an alarm", () => {
    for (const { name } of topology.functions) expect(topology.alarms.map(({ dimensions }) => dimensions.FunctionName)).toContain(name);
  });

  test("that a durable function can die of has an alarm, because its attempts end well", () => {
    const watched = topology.functions.map(({ name, durable }) => [
      durable !== null,
      topology.alarms.flatMap(({ dimensions, metric }) => (dimensions.FunctionName === name && metric.startsWith("Durable") ? [metric] : [])),
    ]);
    for (const [durable, metrics] of watched) expect(metrics).toEqual(durable ? ["DurableExecutionFailed", "DurableExecutionTimedOut"] : []);
  });

  test("that Lambda retries is no durable function, and leaves what still failed in the dead letter queue", () => {
    for (const { asyncRetry, durable, onFailure } of topology.functions) {
      expect(asyncRetry === null).toBe(durable !== null);
      expect(onFailure).toBe(topology.deadLetter.name);
    }
  });

  test("that alarms has a threshold, a reason for it and its source", () => {
    for (const { threshold, because, source, datapointsToAlarm, evaluationPeriods } of topology.alarms) {
      expect(threshold).toBeGreaterThan(0);
      expect(because).not.toBe("");
      expect(["posit", "aws", "steward"]).toContain(source);
      expect(datapointsToAlarm).toBeLessThanOrEqual(evaluationPeriods);
    }
  });

  test("that the composite alarm rests on exists, and it tells every audience", () => {
    for (const { rule, tells } of topology.composites) {
      const children = [...rule.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
      expect(children.length).toBeGreaterThan(0);
      for (const child of children) expect(topology.alarms.map(({ name }) => name)).toContain(child);
      expect(tells).toEqual(topology.topics.map(({ id }) => id));
    }
  });

  test("of Steward's own failing or falling silent is told by CloudWatch itself", () => {
    const told = topology.alarms.filter(({ tells }) => tells.length > 0).map(({ name }) => name);
    expect(told).toEqual(
      expect.arrayContaining(["dead-letter", "sweep-silent", ...topology.functions.map(({ handler }) => `${handler}-failing`)].map(n.alarm)),
    );
  });

  test("sweeps every five minutes by schedule, and listens to nothing for it", () => {
    expect(topology.schedules).toContainEqual(expect.objectContaining({ name: n.rule(sweep.id), everyMinutes: 5, target: "observe" }));
    expect(sweep.pattern(n, haSettings(), "demo")).toEqual({});
    expect(topology.rules.map(({ name }) => name)).not.toContain(n.rule(sweep.id));
  });

  test("that is done by time is done every five minutes, and once at the deploy, so that nothing counts as silent before its first time", () => {
    for (const { name, everyMinutes, atDeploy } of topology.schedules) {
      expect(everyMinutes).toBe(5);
      expect(atDeploy).toMatchObject({ "detail-type": "Scheduled Event", resources: [expect.stringMatching(new RegExp(`:rule/${name}$`))] });
    }
  });

  test("has every function, and an alarm of each", () => {
    const ids = topology.functions.map(({ handler }) => handler);
    expect(ids).toEqual(FUNCTION_IDS);
    const failing = topology.alarms.flatMap(({ name }) => /^steward-demo-(.*)-failing$/.exec(name)?.[1] ?? []);
    expect(failing).toEqual(ids);
  });

  test("that keeps or prunes knows what the settings say of it", () => {
    const settings = topology.kind === "single" ? singleSettings() : haSettings();
    const told = topology.functions.filter(({ environment }) => environment.STEWARD_KEEPING !== undefined);
    expect(told.map(({ handler }) => handler)).toEqual(FUNCTION_IDS.filter((id) => KEEPERS.includes(id)));
    for (const { environment } of told) expect(Keeping.parse(JSON.parse(environment.STEWARD_KEEPING ?? ""))).toEqual(keepingOf(settings));
  });

  test("starts with the switch on, which is never a deploy's again, and with a pointer to what was declared", () => {
    const parameter = (name: string) => topology.parameters.find((one) => one.name === name);
    expect(Switch.parse(JSON.parse(parameter(n.switch)?.value ?? ""))).toEqual({ position: "on" });
    expect(parameter(n.switch)?.owner).toBe("steward");
    const pointer = JSON.parse(parameter(n.declared)?.value ?? "");
    expect(topology.objects.map(({ key }) => key)).toContain(pointer.key);
    expect(topology.buckets.map(({ name }) => name)).toContain(pointer.bucket);
  });

  test("begins without a node, and leaves room to replace one", () => {
    expect(topology.group.initial).toMatchObject({ min: 0, desired: 0 });
    expect(topology.group.hooks).toEqual([
      { name: n.launchHook, transition: "autoscaling:EC2_INSTANCE_LAUNCHING", heartbeatSeconds: 7200, defaultResult: "ABANDON" },
      { name: n.terminateHook, transition: "autoscaling:EC2_INSTANCE_TERMINATING", heartbeatSeconds: 900, defaultResult: "CONTINUE" },
    ]);
  });
});

describe("the pair", () => {
  test("has room for a surge of one, and never less than one node by the group's will", () => {
    expect(pair.group.serving).toEqual({ min: 1, max: 3, desired: 2 });
  });

  test("keeps the group's own replacement as a net", () => {
    expect(pair.group.suspended).toEqual(["AZRebalance"]);
  });

  test("serves plain HTTP without a certificate; with one it redirects", () => {
    const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";
    const actions = (topology: Topology) => topology.balancer?.listeners.map(({ port, protocol, action }) => `${protocol}:${port} ${action.do}`);
    expect(actions(pair)).toEqual(["HTTP:80 forward"]);
    expect(actions(haTopology("demo", { certificateArn }))).toEqual(["HTTPS:443 forward", "HTTP:80 redirect"]);
    const inbound = haTopology("demo", { certificateArn })
      .network.securityGroups.find(({ id }) => id === "balancer")
      ?.ingress.map(({ from }) => from);
    expect(inbound).toEqual([443, 80]);
  });

  test("has private ways to AWS when they are asked for", () => {
    const zones = haSettings().network.zones;
    const { endpoints, securityGroups } = haTopology("demo", { network: { zones, interfaceEndpoints: true } }).network;
    expect(endpoints.map(({ at }) => at.kind)).toContain("interface");
    expect(securityGroups.map(({ id }) => id)).toContain("endpoints");
    expect(pair.network.endpoints.map(({ service }) => service)).toEqual(["s3"]);
  });

  test("lets nodes out to a floating licence server", () => {
    const license = { kind: "floating" as const, server: "licences.example.com:8989" };
    const out = haTopology("demo", { packageManager: { license } }).network.securityGroups.find(({ id }) => id === "nodes")?.egress;
    expect(out?.map(({ from }) => from)).toContain(8989);
  });

  test("keeps its packages in the bucket that it is told", () => {
    expect(haTopology("demo", { storage: { bucket: "our-packages" } }).buckets.map(({ name }) => name)).toContain("our-packages");
  });
});

describe("the single server", () => {
  test("is never replaced behind Steward's back: its volume and address would go with it", () => {
    expect(server.group.suspended).toEqual(expect.arrayContaining(["HealthCheck", "ReplaceUnhealthy"]));
    expect(server.group.serving).toEqual({ min: 0, max: 1, desired: 1 });
  });

  test("has its certificate vaulted, unless plain HTTP is meant", () => {
    const secrets = ({ secrets: all }: Topology) => all.map(({ id }) => id);
    const open = (topology: Topology) => topology.network.securityGroups.flatMap(({ ingress }) => ingress.map(({ from }) => from));
    expect(secrets(server)).toContain("certificate");
    expect(open(server)).toEqual([443]);
    expect(secrets(singleTopology("demo", { tls: "none" }))).not.toContain("certificate");
    expect(open(singleTopology("demo", { tls: "none" }))).toEqual([4242]);
  });

  test("is looked after by a schedule and by the events of snapshots, and its silence is told", () => {
    const looks = [...server.rules, ...server.schedules].filter(({ target }) => target === "keep-snapshots").map(({ name }) => name);
    expect(looks).toEqual(["ebs-snapshot", "keep-snapshots"].map(n.rule));
    const silent = server.alarms.find(({ name }) => name === n.alarm("keep-snapshots-silent"));
    expect(silent).toMatchObject({
      dimensions: { Stage: "demo", Duty: KEEPING },
      threshold: 900,
      missingData: "breaching",
      tells: ["people", "pager", "chat"],
    });
  });

  test("is told of when the schedule that comes most often has missed twice", () => {
    const threshold = (...everyHours: (1 | 24 | 168)[]) => {
      const schedules = everyHours.map((hours) => ({ id: `every-${hours}`, everyHours: hours, keep: { count: 1 } }));
      return singleTopology("demo", { snapshots: { schedules } }).alarms.find(({ name }) => name === n.alarm("snapshot-old"))?.threshold;
    };
    expect([threshold(24, 1, 168), threshold(168, 24), threshold(168)]).toEqual([3, 49, 337].map((hours) => hours * 3_600));
    expect(pair.alarms.map(({ name }) => name)).not.toContain(n.alarm("snapshot-old"));
  });

  test("is told of when no restore has been proven for longer than two drills and a day, where drills are wanted", () => {
    const threshold = (everyDays: number | null) =>
      singleTopology("demo", { snapshots: { proof: { everyDays } } }).alarms.find(({ name }) => name === n.alarm("proof-old"))?.threshold;
    expect([threshold(7), threshold(1), threshold(null)]).toEqual([15 * 86_400, 3 * 86_400, undefined]);
    expect(server.alarms.find(({ name }) => name === n.alarm("proof-old"))).toMatchObject({
      metric: "ProofAge",
      missingData: "notBreaching",
      tells: ["people"],
    });
    expect(pair.alarms.map(({ name }) => name)).not.toContain(n.alarm("proof-old"));
    expect(JSON.stringify(server.dashboard)).toContain('"Steward","ProofAge","Stage","demo"');
  });

  test("is not told of databases", () => {
    expect(server.rules.map(({ name }) => name)).not.toContain(n.rule("database-event"));
    expect(pair.rules.map(({ name }) => name)).toContain(n.rule("database-event"));
  });
});

describe("a placeholder", () => {
  test("is filled wherever it stands, and JSON's braces are none", () => {
    expect(fillAll({ a: ["{key:data}"], b: "x{loadBalancer}y" }, { "key:data": "arn:k", loadBalancer: "app/x" })).toEqual({ a: ["arn:k"], b: "xapp/xy" });
    expect(placeholders('{"a":{"b":1}}')).toEqual([]);
  });

  test("that nothing answers to is an error that names it", () => {
    expect(() => fill("{nothing}", {})).toThrow("nothing answers to the placeholder {nothing}");
  });
});

test("settings that render larger than a store allows are no settings to deploy", () => {
  const from = Array.from({ length: 61 }, (_, index) => `10.0.${index}.0/24`);
  expect(() => topologyThatFits("demo", singleSettings({ access: { from } }))).toThrow(
    "stages.demo: inbound rules of steward-demo-nodes would be 61; allowed: 60 at most (VPC: rules of a security group)",
  );
  expect(topologyThatFits("demo", singleSettings())).toEqual(singleTopology());
});

test("schedules that no function's environment has room for are no settings to deploy", () => {
  const schedules = Array.from({ length: 60 }, (_, index) => ({ id: `schedule-${index}`, everyHours: 24 as const, keep: { count: 14, monthly: 12 } }));
  expect(() => topologyThatFits("demo", singleSettings({ snapshots: { schedules } }))).toThrow(
    /stages\.demo: environment of steward-demo-keep-snapshots would be \d{4}; allowed: 4096 at most \(Lambda: environment of a function\)/,
  );
});

test("what renders larger than its store is named with its size and limit", () => {
  const from = Array.from({ length: 61 }, (_, index) => `10.0.${index}.0/24`);
  expect(oversize(singleTopology("demo", { access: { from } }))).toEqual([
    { what: "inbound rules of steward-demo-nodes", size: 61, limit: 60, source: "VPC: rules of a security group" },
  ]);
});
