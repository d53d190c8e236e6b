import { isSilent } from "@steward/core/fleet/heartbeat";
import type { NodeSettings } from "@steward/core/fleet/node-settings";
import { reportDifferences } from "@steward/core/fleet/probe";
import { nameOf } from "../command.ts";
import { readDesired } from "../desired.ts";
import type { Aws, Host } from "../host.ts";
import { report } from "./probe.ts";

const LOOK_EVERY_MS = 60_000;
/** The launch hook's own limit; after that AWS has decided. */
const HOOK_MS = 7_200_000;

/** How a look ended: `wait` looks again, `over` is the end of it. */
type Look = { kind: "wait" | "over"; because: string };

/**
 * The way out of the launch hook when Steward is down: looks every minute until the hook's limit, and completes it only
 * if the last sweep is known and too old, and this node's own report equals the desired state. What can't be read is no
 * reason to go. Says in the journal why it waits, each reason once, and why it goes. Never for a node with a data volume:
 * there the proof that the old node has let go of it is Steward's to give.
 */
export async function letItselfIn(host: Host, settings: NodeSettings): Promise<void> {
  const deadline = host.now().getTime() + HOOK_MS;
  let said = "";
  while (host.now().getTime() < deadline) {
    const { kind, because } = await look(host, settings).catch((error: unknown) => wait(`this node cannot ask AWS (${nameOf(error)})`));
    if (because !== said) host.log(because);
    if (kind === "over") return;
    said = because;
    await host.sleep(LOOK_EVERY_MS);
  }
  host.log("the launch hook's time is over");
}

const wait = (because: string): Look => ({ kind: "wait", because: `waits in the launch hook: ${because}` });
const over = (because: string): Look => ({ kind: "over", because });

/** One look, from what is cheap to ask to what is not. */
async function look(host: Host, settings: NodeSettings): Promise<Look> {
  const aws = host.aws(settings);
  const target = await aws.lifecycleTarget();
  if (target === undefined) return wait("the group has not said where it takes this node");
  if (target !== "InService") return over(`leaves the launch hook alone: the group takes this node to ${target}`);
  const alive = await reasonToTrust(aws, host.now());
  if (alive) return wait(alive);
  const differs = await reasonToStay(host, settings);
  if (differs) return wait(`Steward is silent, but this node is not as desired: ${differs}`);
  return go(aws, await host.instanceId());
}

/** Why Steward is to be left to it, or undefined when it is silent. */
async function reasonToTrust(aws: Aws, now: Date): Promise<string | undefined> {
  const last = await aws.lastSweep();
  if (last === undefined) return "no sweep of Steward's is on record";
  return isSilent(last, now) ? undefined : "Steward is at work";
}

async function reasonToStay(host: Host, settings: NodeSettings): Promise<string | undefined> {
  const desired = await readDesired(host, settings);
  if (desired.kind === "unusable") return desired.because;
  const differences = reportDifferences(await report(host, { receipts: [] }), desired.value);
  return differences.length > 0 ? differences.join(", ") : undefined;
}

async function go(aws: Aws, instanceId: string): Promise<Look> {
  const answer = await aws.letIn(instanceId);
  if (answer === "not-waiting") return over("Steward is silent, and this node does not wait in its launch hook any more");
  return over("Steward is silent and this node is as desired: it has let itself in");
}
