import { milliseconds } from "@steward/core/apply/duration";
import type { Duration } from "@steward/core/apply/run";
import { MARK } from "@steward/core/retention/marks";
import type { StageSettings } from "@steward/core/settings/schema";
import type { Topology, TopologyKind } from "@steward/core/topology/topology";
import { topologyOf } from "@steward/core/topology/topology-of";
import { loadDurable } from "@steward/functions/load-durable";
import { ACCOUNT_ID } from "@steward/simulator/account/account";
import { type Deployed, deploy } from "@steward/simulator/deploy/deploy";
import { type Entrance, throughAddress, throughBalancer } from "@steward/simulator/fleet/entrance";
import { PPM_IMAGE, SINGLE_IMAGE } from "@steward/simulator/fleet/machine-image";
import { startTraffic, type Traffic } from "@steward/simulator/fleet/traffic";
import { dataVolumeOf } from "@steward/simulator/invariants/data-volume";
import { servingNodes } from "@steward/simulator/invariants/fleet";
import { type Watch, watchInvariants } from "@steward/simulator/invariants/watch";
import type { Snapshot } from "@steward/simulator/services/ec2/snapshot";
import type { Delivered } from "@steward/simulator/services/sns/state";
import { createAccount, type SimulatedAccount } from "@steward/simulator/simulated-account";
import { advance, advanceUntil, drive } from "@steward/simulator/world/drive";
import { type Chronicle, readChronicle } from "./chronicle.ts";
import { functionCode } from "./code.ts";
import { type NodeView, nodeViews } from "./node-view.ts";
import { SETTINGS } from "./settings.ts";

export const STAGE = "demo";

/** Tells what is new after every step of the world; it must change nothing. */
export interface Teller {
  act?: (title: string, words: string) => void;
  look?: (stage: Stage) => void;
}

/** How a stage is opened. */
interface Opening {
  topology?: TopologyKind;
  /** Left out, they are those of the reference architecture. */
  settings?: StageSettings;
  teller?: Teller;
  empty?: boolean;
  /** Changes what is deployed; left out, it is what the settings make. */
  adapt?: (topology: Topology) => Topology;
}

export interface FaultRecord {
  id: string;
  at: Date;
  cleared?: boolean;
}

/** A simulated account with a serving fleet in it, Steward deployed beside it, and users fetching packages. */
export class Stage {
  readonly world: SimulatedAccount;
  readonly deployed: Deployed;
  readonly traffic: Traffic;
  readonly invariants: Watch;
  readonly openedAt = new Date();
  /** When the last fault was injected. */
  faultAt: Date | undefined;
  readonly expectations: { what: string; held: boolean }[] = [];
  readonly faults: FaultRecord[] = [];
  /** How many nodes served, from when on. */
  readonly servingHistory: { at: Date; serving: number }[] = [];
  /** When the data volume stood still, to the second. */
  readonly freezes: { from: Date; to: Date | null }[] = [];
  private readonly teller: Teller;
  /** The chronicle as it was read last: stories ask for it every second. */
  private read: { revision: number; chronicle: Chronicle } | undefined;

  private constructor(parts: { world: SimulatedAccount; deployed: Deployed; teller: Teller }) {
    this.world = parts.world;
    this.deployed = parts.deployed;
    this.teller = parts.teller;
    this.traffic = startTraffic(onceServing(entranceOf(parts.world, parts.deployed)), 5);
    this.invariants = watchInvariants(parts.world, parts.deployed);
  }

  /** With a serving fleet, or `empty`: as a deploy leaves an account in which there was nothing. */
  static async open(
    seed: number,
    { topology = "ha", settings = SETTINGS[topology], teller = {}, empty = false, adapt = (same) => same }: Opening = {},
  ): Promise<Stage> {
    await loadDurable();
    const meant = adapt(topologyOf(STAGE, settings));
    return new Stage({ ...(await (empty ? emptyWorld : servingWorld)(seed, meant)), teller });
  }

  /** Begins a part of the story. */
  act(title: string, words: string): void {
    this.teller.act?.(title, words);
  }

  /** Something goes wrong now. */
  fault(id: string, inject: (world: SimulatedAccount) => void): void {
    this.faultAt = new Date();
    this.faults.push({ id, at: this.faultAt });
    inject(this.world);
    this.teller.look?.(this);
  }

  /** What was wrong is wrong no more. */
  clear(id: string, mend: (world: SimulatedAccount) => void): void {
    mend(this.world);
    this.faults.push({ id, at: new Date(), cleared: true });
    this.teller.look?.(this);
  }

  /** Lets the world run, a second at a time. */
  async run(duration: Duration): Promise<void> {
    await this.waitFor(() => false, duration);
  }

  /** Lets the world run until `done`, at most for `limit`; says whether it came to that. */
  async waitFor(done: () => boolean, limit: Duration): Promise<boolean> {
    const until = Date.now() + milliseconds(limit);
    while (Date.now() < until) {
      if (done()) return true;
      await advance(1000);
      this.noteServing();
      this.noteFreeze();
      this.teller.look?.(this);
    }
    return done();
  }

  /** Notes what must be so; one that is not makes the scenario fail. */
  expect(what: string, held: boolean): void {
    this.expectations.push({ what, held });
  }

  /** The record as it stands in the table, read without a call. */
  get chronicle(): Chronicle {
    const revision = this.world.dynamodb.revision(this.deployed.topology.table.name);
    if (this.read?.revision !== revision) this.read = { revision, chronicle: readChronicle(this.world, this.deployed) };
    return this.read.chronicle;
  }

  /** When the schedule starts the sweep next. */
  get nextSweep(): Date {
    const schedule = this.deployed.topology.schedules.find(({ target }) => target === "observe");
    const rule = this.world.events.state.buses.get("default")?.rules.get(schedule?.name ?? "");
    return rule?.schedule?.(rule.created, new Date()) ?? new Date();
  }

  /** No durable execution is on its way. */
  get nothingRuns(): boolean {
    return [...this.world.lambda.executions.values()].every(({ status }) => status !== "RUNNING");
  }

  /** Nodes that users are served by. */
  get serving(): string[] {
    return servingNodes(this.world, this.deployed);
  }

  /** Every node that the group ever had, as the group and the balancer have it now. */
  get nodes(): NodeView[] {
    const { topology, balancer } = this.deployed;
    return nodeViews(this.world, topology.group.name, balancer?.targetGroupArn);
  }

  get alarms(): { name: string; state: string }[] {
    return this.deployed.topology.alarms.map(({ name }) => ({ name, state: this.world.cloudwatch.alarms.get(name)?.state.value ?? "unknown" }));
  }

  /** Messages that reached people, oldest first. */
  get messages(): readonly Delivered[] {
    return [...this.world.sns.topics.values()]
      .flatMap((topic) => topic.subscriptions)
      .flatMap((subscription) => subscription.delivered)
      .filter((message) => message.subject !== undefined);
  }

  /** Every snapshot that is Steward's, also those that EC2 does not show yet; oldest first. */
  get snapshots(): Snapshot[] {
    return [...this.world.ec2.snapshots.items.values()].filter(({ tags }) => tags[MARK.stage] === STAGE && tags[MARK.slot] !== undefined);
  }

  private noteFreeze(): void {
    const volume = dataVolumeOf(this.world, this.deployed);
    const isFrozen = volume !== undefined && (this.world.machines.get(volume.attachment?.instanceId ?? "")?.isFrozen(volume.id) ?? false);
    const last = this.freezes.at(-1);
    if (isFrozen && last?.to !== null) this.freezes.push({ from: new Date(), to: null });
    if (!isFrozen && last?.to === null) last.to = new Date();
  }

  private noteServing(): void {
    const serving = this.serving.length;
    if (this.servingHistory.at(-1)?.serving !== serving) this.servingHistory.push({ at: new Date(), serving });
  }

  /** Messages of Steward's own; CloudWatch writes to people too, when Steward's own queue of failures fills. */
  get announcements(): readonly Delivered[] {
    return this.messages.filter(({ subject }) => subject?.startsWith(`[${STAGE}]`));
  }
}

function entranceOf({ account, ec2, elbv2 }: SimulatedAccount, { balancer, named }: Deployed): Entrance {
  return balancer ? throughBalancer(elbv2, balancer.targetGroupArn) : throughAddress(account, ec2, named.address ?? "");
}

/** Nobody comes before there is anybody to serve them. */
function onceServing(entrance: Entrance): Entrance {
  let served = false;
  return (path, count) => {
    const answer = entrance(path, count);
    served ||= answer.served > 0;
    return served ? answer : { served: 0, failed: 0 };
  };
}

async function emptyWorld(seed: number, topology: Topology): Promise<{ world: SimulatedAccount; deployed: Deployed }> {
  const world = createAccount({ code: functionCode(), seed, dependencies: { defaultImage: IMAGES[topology.kind] } });
  const deployed = await drive(() => deploy(world, topology));
  return { world, deployed };
}

const IMAGES = { single: SINGLE_IMAGE, ha: PPM_IMAGE } as const;

const IMAGE_ID = "ami-0123456789abcdef0";

/** The image that the fleet was raised from, with the tags that the stage's pipeline gives; put there without a draw, so that nothing else of a seed changes. */
function putImage({ ec2: { images, snapshots } }: SimulatedAccount, keyId: string | undefined): void {
  const [createdAt, tags] = [new Date(), { "steward:stage": STAGE }];
  const made = { startedAt: createdAt, takesMs: 60_000, completedAt: createdAt, state: "completed", visibleFrom: 0, appConsistent: false } as const;
  const disk = { volumeId: "vol-ffffffff", sizeGib: 50, encrypted: true, keyId, description: "", ownerId: ACCOUNT_ID };
  const snapshot = snapshots.add({ ...disk, ...made, id: "snap-0123456789abcdef0", number: 0, tags: { ...tags } });
  const image = {
    name: `steward-${STAGE}-first`,
    rootDevice: "/dev/sda1",
    volumeType: "gp3",
    snapshot,
    further: [],
    permissions: [],
    launches: [createdAt],
  } as const;
  images.set(IMAGE_ID, { ...image, further: [], permissions: [], launches: [createdAt], id: IMAGE_ID, createdAt, state: "available", tags });
}

/** An account with a fleet that serves, Steward deployed beside them, and no alarm that is not OK. */
async function servingWorld(seed: number, topology: Topology): Promise<{ world: SimulatedAccount; deployed: Deployed }> {
  const world = createAccount({ code: functionCode(), seed, dependencies: { defaultImage: IMAGES[topology.kind] } });
  const deployed = await drive(() => deploy(world, topology, { fleet: { imageId: IMAGE_ID }, admitted: true }));
  putImage(world, deployed.named["key:data"]);
  await advanceUntil(
    () => deployed.topology.alarms.every(({ name }) => world.cloudwatch.alarms.get(name)?.state.value === "OK"),
    milliseconds({ minutes: 10 }),
  );
  await advance(milliseconds({ minutes: 1 }));
  return { world, deployed };
}
