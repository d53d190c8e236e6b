import { AttachVolumeCommand, CreateVolumeCommand, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { createClients } from "@steward/aws/clients";
import { createSnapshots } from "@steward/aws/snapshots";
import { after } from "@steward/core/apply/duration";
import type { Ledger } from "@steward/core/apply/ports";
import { progressOf } from "@steward/core/apply/progress";
import { Retryable } from "@steward/core/errors";
import type { FleetFacts } from "@steward/core/fleet/facts";
import { type Policy, policyOf } from "@steward/core/fleet/policy";
import type { Attempt } from "@steward/core/incidents/attempt";
import type { RunRecord } from "@steward/core/incidents/run-record";
import { RUNBOOKS } from "@steward/core/runbooks/registry";
import type { Step, StepContext } from "@steward/core/runbooks/steps";
import { keepingOf, type SnapshotPolicy } from "@steward/core/settings/schema";
import type { SnapshotWorld } from "@steward/core/snapshots/ports";
import { pruneSnapshots } from "@steward/core/snapshots/prune";
import type { PruneRecord } from "@steward/core/snapshots/prune-record";
import type { SlotRecord } from "@steward/core/snapshots/slot-record";
import { surveySnapshots } from "@steward/core/snapshots/survey";
import { takeSnapshots } from "@steward/core/snapshots/take";
import type { Duty } from "@steward/core/survey/survey";
import type { Machine } from "@steward/simulator/account/account";
import { REGION } from "@steward/simulator/account/account";
import { AwsError } from "@steward/simulator/account/operation";
import { createAccount, type SimulatedAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import { worldClock } from "@steward/simulator/world/install";
import { emptyLedger } from "../aws/ledger-contract.ts";
import { healthyFleet, node } from "../core/builders.ts";
import { singleSettings } from "../settings.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** What goes wrong in an hour. */
export interface Weather {
  /** Nobody looks after snapshots. */
  away: boolean;
  /** EC2 gives up on the set later; its answer is lost; it refuses for the whole hour; it is too busy at first. */
  creation: "works" | "error" | "lost" | "refused" | "throttled";
  /** The volume does not come to a stop, or did not stand still until the end. */
  server: "still" | "moving" | "moved";
  /** A part of the deletions meets an EC2 that is too busy. */
  busy: boolean;
}

type Start = Extract<Duty, { duty: "start" }>;

/** A data volume with its server in an account, looked after hour by hour by Steward's own decisions through its own adapters; no functions, no runs. */
export async function openYear(seed: number, snapshots: NonNullable<Parameters<typeof singleSettings>[0]>["snapshots"]) {
  const settings = singleSettings({ snapshots });
  const policy = policyOf("single", keepingOf(settings));
  const world = createAccount({ code: new Map(), seed });
  const { accessKeyId, secretAccessKey } = world.operator;
  const clients = createClients({ region: REGION, credentials: { accessKeyId, secretAccessKey }, requestHandler: world.requestHandler });
  // Without this, the clients make a copy of every answer for a log that nobody keeps.
  for (const { config } of [clients.ec2, clients.ec2Once, clients.dynamoDb]) Object.assign(config, { logger: {} });
  remember(clients);
  const { volumeId, instanceId } = await server(clients);
  const ledger = await drive(() => emptyLedger(clients.dynamoDb, "steward-year"));
  const now = () => new Date();
  const store = createSnapshots(clients.ec2, clients.ec2Once, { stage: "demo", now, needed: async () => [] });
  const frozen = { is: false };
  standStill(world, frozen);
  return { world, keeper: new Keeper({ world, policy, store, ledger, frozen, volumeId, instanceId }) };
}

/** From here on the machine is nothing but a volume that stands still or does not; its status checks would be half a million events a year. */
function standStill({ account }: SimulatedAccount, frozen: { is: boolean }): void {
  const at = Date.now();
  worldClock().reset();
  worldClock().setSystemTime(at);
  const machine = { isFrozen: () => frozen.is } as unknown as Machine;
  account.links.machine = () => machine;
}

/** Nobody makes an image, a template or a lock in this year, so the first answers about them hold for all of it. */
const STEADY: ReadonlySet<string | undefined> = new Set(["DescribeImagesCommand", "DescribeLaunchTemplateVersionsCommand", "DescribeLockedSnapshotsCommand"]);

function remember({ ec2 }: ReturnType<typeof createClients>): void {
  const known = new Map<string | undefined, unknown>();
  ec2.middlewareStack.add(
    (next, { commandName }) =>
      async (input) => {
        const answer = known.get(commandName) ?? (await next(input));
        if (STEADY.has(commandName)) known.set(commandName, answer);
        return answer as Awaited<ReturnType<typeof next>>;
      },
    { step: "initialize" },
  );
}

async function server({ ec2 }: ReturnType<typeof createClients>): Promise<{ volumeId: string; instanceId: string }> {
  const { Instances } = await drive(() => ec2.send(new RunInstancesCommand({ ImageId: "ami-0single", MinCount: 1, MaxCount: 1, SubnetId: "subnet-0a" })));
  const [{ InstanceId: instanceId = "", Placement } = {}] = Instances ?? [];
  const wish = { AvailabilityZone: Placement?.AvailabilityZone, Size: 200, VolumeType: "gp3" as const };
  const { VolumeId: volumeId = "" } = await drive(() => ec2.send(new CreateVolumeCommand(wish)));
  await advance(5 * MINUTE_MS);
  await drive(() => ec2.send(new AttachVolumeCommand({ Device: "/dev/sdf", VolumeId: volumeId, InstanceId: instanceId })));
  await advance(5 * MINUTE_MS);
  return { volumeId, instanceId };
}

interface Parts {
  world: SimulatedAccount;
  policy: Policy;
  store: SnapshotWorld["store"];
  ledger: Ledger;
  frozen: { is: boolean };
  volumeId: string;
  instanceId: string;
}

class Keeper {
  /** Troubles that people would have heard of. */
  readonly told = new Set<string>();
  private readonly parts: Parts;
  private readonly slots = new Map<number, SlotRecord>();
  private readonly prunings: PruneRecord[] = [];
  private runs: RunRecord[] = [];
  private attempts: Attempt[] = [];

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** One hour from its slot on: looks right after it, and again while there is no set; prunes when EC2 has finished it, if asked to. */
  async hour(slot: Date, weather: Weather, prunes: boolean): Promise<void> {
    await this.until(slot, 2);
    if (weather.away) return;
    const calm = this.turn(weather);
    for (const minute of [2, 12, 27]) {
      if (this.slots.get(slot.getTime())?.state === "made") break;
      await this.until(slot, minute);
      await this.look("take", weather);
    }
    await this.until(slot, 45);
    if (prunes) await this.look("prune", weather);
    calm();
  }

  private async until(slot: Date, minute: number): Promise<void> {
    const ms = slot.getTime() + minute * MINUTE_MS - Date.now();
    if (ms > 0) await advance(ms);
  }

  /** Makes the weather; answers what ends it. */
  private turn({ creation, busy }: Weather): () => void {
    const { account, ec2 } = this.parts.world;
    const calls = { creations: 0, deletions: 0 };
    if (creation === "error" || creation === "lost") ec2.snapshots.next = creation;
    const fault = ({ operation }: { operation: string }): void => {
      if (operation === "CreateSnapshots" && creation === "refused") throw new AwsError("UnauthorizedOperation", "You are not authorized", 403);
      if (operation === "CreateSnapshots" && creation === "throttled" && calls.creations++ === 0) throw tooFast();
      if (operation === "DeleteSnapshot" && busy && calls.deletions++ % 3 === 0) throw tooFast();
    };
    account.faults.add(fault);
    return () => account.faults.delete(fault);
  }

  private facts(): FleetFacts {
    const { volumeId, instanceId } = this.parts;
    const at = new Date();
    const isRecent = (date: Date) => date.getTime() > at.getTime() - 24 * HOUR_MS;
    this.runs = this.runs.filter(({ startedAt }) => isRecent(startedAt));
    this.attempts = this.attempts.filter(({ startedAt }) => isRecent(startedAt));
    return healthyFleet({
      at,
      nodes: [node({ instanceId })],
      database: null,
      dataVolume: { id: volumeId, state: "in-use", attachedTo: instanceId, isNew: false },
      slots: [...this.slots.values()].slice(-48).filter((record) => isRecent(record.at)),
      prunings: this.prunings.slice(-3),
      runs: this.runs,
      attempts: this.attempts,
    });
  }

  private async look(what: "take" | "prune", weather: Weather): Promise<void> {
    const { store, volumeId, policy } = this.parts;
    const fleet = this.facts();
    const seen = await drive(() => store.facts(volumeId));
    const duties = surveySnapshots(fleet, seen, policy, fleet.at);
    for (const duty of duties) {
      if (duty.duty === "open") this.told.add(duty.incident.kind);
      if (duty.duty === "start" && duty.order.name.includes(what)) await this.run(duty, fleet, weather);
    }
  }

  /** What `remediate` does with it: looks, acts, looks again, until the step is done or can't be. */
  private async run({ order }: Start, fleet: FleetFacts, weather: Weather): Promise<void> {
    if (order.subject.kind !== "duty") return;
    const { runbook, input } = order.subject;
    const [step] = RUNBOOKS[runbook].plan(input as never, fleet, this.parts.policy).steps;
    if (!step) throw new Error(`${runbook} has no step`);
    const key = `${order.name}/1.1`;
    const record: RunRecord = { name: order.name, subject: `duty-${order.subject.id}`, execution: null, startedAt: fleet.at, endedAt: null, outcome: null };
    for (let round = 0; round < 60; round++) {
      const { kind } = progressOf(step, this.facts(), { key, applied: false, policy: this.parts.policy });
      if (kind === "done" || kind === "impossible") {
        this.runs.push({ ...record, endedAt: new Date(), outcome: kind === "done" ? "done" : "failed" });
        return;
      }
      if (kind !== "pending") await this.act(step, key, weather);
      await advance(kind === "more" ? 1_000 : 15_000);
    }
    this.runs.push({ ...record, endedAt: new Date(), outcome: "failed" });
  }

  private async act(step: Step, key: string, weather: Weather): Promise<void> {
    const { policy, volumeId } = this.parts;
    const context: StepContext = { key, epoch: 1, notAfter: after(new Date(), { minutes: 1 }) };
    const world = this.worldIn(weather);
    const acts = async (): Promise<void> => {
      if (step.do === "take-snapshots") await takeSnapshots(world, step, context);
      if (step.do === "prune-snapshots") await pruneSnapshots(world, step, { ...context, volumeId, policy: policy.keeping.snapshots as SnapshotPolicy });
    };
    await drive(() => acts().catch(survivable));
  }

  private worldIn({ server: mood }: Weather): SnapshotWorld & { stage: string } {
    const { store, ledger, frozen } = this.parts;
    return {
      stage: "demo",
      store,
      now: () => new Date(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      nodes: {
        quiesce: async () => {
          frozen.is = mood !== "moving";
          return frozen.is ? { frozen: true } : { frozen: false, because: "the databases took too long" };
        },
        thaw: async () => {
          const held = frozen.is && mood === "still";
          frozen.is = false;
          return held ? { held } : { held: false, because: "it did not stand still until now" };
        },
      },
      ledger: {
        slot: ledger.slot,
        pruning: ledger.pruning,
        putSlot: async (record) => {
          const isWritten = await ledger.putSlot(record);
          if (isWritten) this.slots.set(record.slot.getTime(), record);
          return isWritten;
        },
        putPruning: async (record) => {
          await ledger.putPruning(record);
          const known = this.prunings.findIndex(({ key }) => key === record.key);
          if (known < 0) this.prunings.push(record);
          else this.prunings[known] = record;
        },
      },
    };
  }
}

const tooFast = () => new AwsError("RequestLimitExceeded", "Request limit exceeded.", 503);

/** What the engine tries again. */
function survivable(error: unknown): void {
  if (!(error instanceof Retryable)) throw error;
}
