import { closeIncident, pageHuman } from "@steward/core/apply/attend-incident";
import type { RunOrder } from "@steward/core/apply/order";
import { remediate } from "@steward/core/apply/remediate";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { Policy } from "@steward/core/fleet/policy";
import { type Duty, survey } from "@steward/core/survey/survey";
import { errandIn, newRecording } from "../apply/engine.ts";
import type { FakeWorld } from "../apply/fake-world.ts";
import { Crash } from "../apply/recorded-run.ts";

export interface Deploy {
  fake: FakeWorld;
  policy: Policy;
  /** Place at which the next run is killed for good; null where it lives. */
  nextCrash: () => number | null;
  onDeath: () => void;
  /** Called with the world each time somebody looks. */
  onLook: (facts: FleetFacts) => void;
}

const SWEEP_MS = 5 * 60_000;

/** Sweeps every five minutes, each run to its end or its death, until nothing is under way; says after how many, or gives up. */
export async function sweepToTheEnd(deploy: Deploy, most: number): Promise<number | undefined> {
  const { fake } = deploy;
  const { facts } = fake.world.observer;
  fake.world.observer.facts = async (look) => {
    deploy.onLook(fake.state);
    return facts(look);
  };
  for (let sweep = 1; sweep <= most; sweep++) {
    if (fake.state.firstDeploy?.record.finishedAt) return sweep;
    await sweepOnce(deploy);
    fake.pass(SWEEP_MS);
  }
  return undefined;
}

async function sweepOnce(deploy: Deploy): Promise<void> {
  const { world } = deploy.fake;
  const facts = await world.observer.facts({ probe: "front", builds: true });
  for (const duty of survey(facts, deploy.policy, facts.at)) await perform(deploy, facts, duty);
}

async function perform(deploy: Deploy, facts: FleetFacts, duty: Duty): Promise<void> {
  const { world } = deploy.fake;
  const { ledger } = world;
  if (duty.duty === "note-image") await ledger.noteImage(duty.image);
  if (duty.duty === "note-first-deploy") await ledger.noteFirstDeploy(duty.note);
  if (duty.duty === "open") await ledger.open(duty.incident);
  if (duty.duty === "refuse") await pageHuman(world, duty.incident, { ...duty, at: facts.at });
  if (duty.duty === "quiet") await ledger.change(duty.incident, (open) => ({ ...open, quietSince: duty.since }));
  if (duty.duty === "close") await closeIncident(world, duty.incident, facts.at);
  if (duty.duty === "start") await run(deploy, duty.order);
}

/** A run that dies leaves what it did, its lease and nothing else. */
async function run({ fake, policy, nextCrash, onDeath }: Deploy, order: RunOrder): Promise<void> {
  const recording = newRecording(fake);
  const crashAt = nextCrash();
  if (crashAt !== null) Object.assign(recording, { crashAt });
  const name = `${order.name}-${fake.now().getTime()}`;
  try {
    await remediate({ ...errandIn(fake, recording, policy), name, execution: name }, order);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    onDeath();
  }
}
