import { firstDeploy, operatorFills } from "@steward/cli/scenarios/first-deploy";
import { allServe } from "@steward/cli/scenarios/scenario";
import { SETTINGS } from "@steward/cli/simulation/settings";
import { Stage } from "@steward/cli/simulation/stage";
import { EffectiveDocument } from "@steward/core/desired/documents";
import { DesiredState } from "@steward/core/fleet/probe";
import { StatusReport } from "@steward/core/fleet/status";
import { names } from "@steward/core/topology/names";
import { TOPOLOGIES, type TopologyKind } from "@steward/core/topology/topology";
import { topologyOf } from "@steward/core/topology/topology-of";
import { dataVolumeOf } from "@steward/simulator/invariants/data-volume";
import { drive } from "@steward/simulator/world/drive";
import { describe, expect, test, vi } from "vitest";

vi.stubEnv("POWERTOOLS_LOG_LEVEL", "SILENT");

const empty = (topology: TopologyKind, seed = 1): Promise<Stage> => Stage.open(seed, { topology, empty: true });
const isOver = (stage: Stage): boolean => allServe(stage) && stage.chronicle.reached.has("finished");
const call = <T>({ world }: Stage, service: never, operation: string, input: unknown) =>
  drive(() => world.account.call(world.operator, service, operation, input)) as Promise<T>;

async function status(stage: Stage): Promise<StatusReport> {
  const { Payload } = await call<{ Payload: Uint8Array }>(stage, "lambda" as never, "Invoke", {
    FunctionName: stage.deployed.functions.runbook.name,
    Payload: new TextEncoder().encode('{"mode":"status"}'),
  });
  return StatusReport.parse(JSON.parse(new TextDecoder().decode(Payload)));
}

const now = ({ firstDeploy }: StatusReport) => firstDeploy?.find(({ state }) => state === "now");

/** What stays when all is over: nothing was made twice, whoever was killed on the way. */
async function leftBy(stage: Stage) {
  const { world, deployed } = stage;
  const { Parameter } = await call<{ Parameter: { Value: string } }>(stage, "ssm" as never, "GetParameter", { Name: names(deployed.topology.stage).desired });
  const own = [...world.ec2.templates.values()].find(({ name }) => name === names(deployed.topology.stage).launchTemplate);
  return {
    builds: world.imageBuilder.builds.size,
    volumes: [...world.ec2.volumes.values()].filter(({ tags }) => tags.Name === deployed.topology.dataVolume?.name).length,
    isNew: dataVolumeOf(world, deployed)?.tags["steward:new"] ?? null,
    revision: DesiredState.parse(JSON.parse(Parameter.Value)).revision,
    templates: own?.versions.length,
    violated: stage.invariants.violations,
  };
}

const LEFT = { ha: { volumes: 0 }, single: { volumes: 1 } } as const;

/** Checkpoints from one kill to the next one. */
const APART = 9;

/** Kills every ninth checkpoint of each run once, from this one on, right before and right after it is stored by turns. */
function killSome({ world }: Stage, start: number): void {
  const killed = new Set<string>();
  world.lambda.faults.killAround = ({ execution, index }) => {
    const key = `${execution} ${index}`;
    if (index % APART !== start || killed.has(key)) return undefined;
    killed.add(key);
    return killed.size % 2 === 0 ? "before" : "after";
  };
}

describe.each(TOPOLOGIES)("a first deploy of %s", (topology) => {
  test.each(topology === "ha" ? [0, 1, 2, 3, 4, 5, 6, 7, 8] : [1, 4, 7])(
    "ends well though its runs are killed at every ninth checkpoint from %i on",
    async (start) => {
      const stage = await empty(topology);
      killSome(stage, start);
      await firstDeploy(stage);
      expect(await stage.waitFor(() => isOver(stage) && stage.nothingRuns, { hours: 1 })).toBe(true);
      expect(stage.chronicle.incidents).toEqual([]);
      expect(await leftBy(stage)).toEqual({ builds: 1, isNew: null, revision: 1, templates: 1, violated: [], ...LEFT[topology] });
    },
  );

  test("says what it waits for and what to do, and does nothing while the switch is off", async () => {
    const stage = await empty(topology);
    expect(now(await status(stage))).toMatchObject({ id: "image", todo: null });
    await stage.waitFor(() => stage.chronicle.reached.has("secrets"), { hours: 3 });
    expect(now(await status(stage))).toMatchObject({ id: "secrets", todo: "npx steward secrets init --stage demo --offline-copy <file>" });
    const Name = names("demo").switch;
    await call(stage, "ssm" as never, "PutParameter", { Name, Value: '{"position":"off"}', Overwrite: true });
    await operatorFills(stage);
    await stage.run({ minutes: 30 });
    expect(await status(stage)).toMatchObject({ serving: 0, nodes: [], switch: { position: "off" } });
    await call(stage, "ssm" as never, "PutParameter", { Name, Value: '{"position":"on"}', Overwrite: true });
    expect(await stage.waitFor(() => isOver(stage), { hours: 2 })).toBe(true);
    expect(await status(stage)).toMatchObject({ firstDeploy: null, incidents: [] });
    expect(stage.messages).toEqual([]);
  });
});

/** Lets the build that is under way fail in its tests. */
const letFail = ({ world }: Stage): void => {
  for (const build of world.imageBuilder.builds.values()) if (build.status !== "FAILED") build.plan = { fails: "Package Manager does not answer" };
};

test("a build that fails is tried once more", async () => {
  const stage = await empty("ha");
  letFail(stage);
  await operatorFills(stage);
  expect(await stage.waitFor(() => isOver(stage), { hours: 5 })).toBe(true);
  expect([...stage.world.imageBuilder.builds.values()].map(({ status }) => status)).toEqual(["FAILED", "AVAILABLE"]);
  expect(stage.chronicle.incidents).toEqual([]);
});

test("after a second failed build a person is told why; the build that the person starts counts", async () => {
  const stage = await empty("single");
  const { imageBuilder } = stage.world;
  await operatorFills(stage);
  letFail(stage);
  await stage.waitFor(() => imageBuilder.builds.size === 2, { hours: 3 });
  letFail(stage);
  await stage.waitFor(() => stage.announcements.length > 0, { hours: 6 });
  expect(stage.announcements[0]?.message).toContain("2 builds failed, the last one: ");
  expect(imageBuilder.builds.size).toBe(2);
  await call(stage, "imagebuilder" as never, "StartImagePipelineExecution", { imagePipelineArn: stage.deployed.imagePipelineArn, clientToken: "by-hand" });
  expect(await stage.waitFor(() => isOver(stage), { hours: 3 })).toBe(true);
  await stage.run({ minutes: 15 });
  expect(stage.chronicle.incidents).toMatchObject([{ kind: "first-deploy-late", state: "resolved" }]);
});

test("a vault that nobody fills is told of after a day, once, with the command; filling it ends that", async () => {
  const stage = await empty("single");
  await stage.run({ hours: 27 });
  expect(stage.chronicle.incidents).toMatchObject([{ kind: "first-deploy-late", state: "paged" }]);
  expect(stage.announcements.map(({ subject }) => subject)).toEqual(["[demo] Steward needs you: the first deploy stands still, steward-demo"]);
  expect(stage.announcements[0]?.message).toContain("npx steward secrets init --stage demo --offline-copy <file>");
  await operatorFills(stage);
  expect(await stage.waitFor(() => isOver(stage), { hours: 2 })).toBe(true);
  await stage.run({ minutes: 15 });
  expect(stage.chronicle.incidents).toMatchObject([{ state: "resolved" }]);
  expect(stage.announcements).toHaveLength(2);
});

test("what is declared anew before the fleet is raised comes into effect; later it changes nothing by itself", async () => {
  const stage = await empty("ha");
  await operatorFills(stage);
  await stage.waitFor(() => stage.chronicle.reached.has("init-database"), { hours: 3 });
  await declare(stage, "https://packages.example.com");
  expect(await stage.waitFor(() => isOver(stage), { hours: 2 })).toBe(true);
  expect(await configInEffect(stage)).toContain("Address = https://packages.example.com");
  expect(stage.chronicle.incidents).toEqual([]);
  await declare(stage, "https://other.example.com");
  await stage.run({ minutes: 15 });
  expect(await configInEffect(stage)).toContain("Address = https://packages.example.com");
});

/** What another deploy writes, with another address in the settings. */
async function declare(stage: Stage, address: string): Promise<void> {
  const { objects, parameters, buckets } = topologyOf("demo", { ...SETTINGS.ha, packageManager: { ...SETTINGS.ha.packageManager, address } });
  const Bucket = buckets.find(({ id }) => id === "state")?.name;
  for (const { key: Key, content } of objects) await call(stage, "s3" as never, "PutObject", { Bucket, Key, Body: new TextEncoder().encode(content) });
  const pointer = parameters.find(({ name }) => name === names("demo").declared) ?? expect.fail("a deploy points to what it declares");
  await call(stage, "ssm" as never, "PutParameter", { Name: pointer.name, Value: pointer.value, Overwrite: true });
}

async function configInEffect(stage: Stage): Promise<string> {
  const { Parameter } = await call<{ Parameter: { Value: string } }>(stage, "ssm" as never, "GetParameter", { Name: names("demo").desired });
  const { bucket: Bucket, key: Key } = DesiredState.parse(JSON.parse(Parameter.Value)).document;
  const { Body } = await call<{ Body: Uint8Array }>(stage, "s3" as never, "GetObject", { Bucket, Key });
  return EffectiveDocument.parse(JSON.parse(new TextDecoder().decode(Body))).config.text;
}
