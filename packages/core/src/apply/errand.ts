import { z } from "zod";
import { FleetFacts, Lease } from "../fleet/facts.ts";
import type { Policy } from "../fleet/policy.ts";
import { after } from "./duration.ts";
import type { Look, World } from "./ports.ts";
import type { Json, Run } from "./run.ts";

/** What a run carries on its way: the engine, the world, and who it is. */
export interface Errand {
  run: Run;
  world: World;
  policy: Policy;
  /** The run's name, and the ARN under which the engine knows it. */
  name: string;
  execution: string;
  /** Whether Image Builder is asked at every look. */
  builds: boolean;
  /** Whether EC2 is asked for the images of the stage at every look. */
  images?: boolean;
  /** Whether every look also asks how far a drill is. */
  drill?: boolean;
}

const Seen = z.object({ held: z.boolean(), facts: FleetFacts });
export type Seen = z.infer<typeof Seen>;

/** Dates become strings, as a checkpoint would make them. */
export const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** Looks at the whole fleet, and keeps the lease alive on the way; `held` is false once another has it. */
export async function look(errand: Errand, label: string, probe: Look["probe"], lease?: Lease): Promise<Seen> {
  const { run, world, policy, builds, images = false, drill = false } = errand;
  const seen = await run.step(label, async () => {
    const held = lease ? await world.ledger.hold(lease, after(world.now(), policy.leaseTtl)) : true;
    return toJson({ held, facts: forRun(await world.observer.facts({ probe, builds, images, drill })) });
  });
  return Seen.parse(seen);
}

/** What only the survey of all duties needs stays out of the checkpoint, whose size AWS limits. */
const forRun = (facts: FleetFacts): FleetFacts => ({
  ...facts,
  runs: [],
  closed: [],
  announced: [],
  prunings: facts.prunings.map((pruning) => ({ ...pruning, failed: [] })),
});

/** Takes the lease that a change needs; undefined when another change has it. */
export async function takeLease(errand: Errand, label: string, scope: string): Promise<Lease | undefined> {
  const { run, world, policy, name, execution } = errand;
  const taken = await run.step(label, async () => {
    const now = world.now();
    return toJson((await world.ledger.take({ scope, holder: name, execution, now, expiresAt: after(now, policy.leaseTtl) })) ?? null);
  });
  return taken === null ? undefined : Lease.parse(taken);
}
