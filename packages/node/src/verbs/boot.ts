import type { CommandEnvelope } from "@steward/core/fleet/probe";
import { dropSecrets, EXIT, obey, type Result } from "../command.ts";
import { readSettings } from "../desired.ts";
import type { Host } from "../host.ts";
import { PATHS } from "../paths.ts";
import { readPlan } from "../plan.ts";
import { recall } from "../receipts.ts";
import { converge } from "./converge.ts";
import { letItselfIn } from "./let-itself-in.ts";

const BOOT_GRACE_MS = 10 * 60_000;

/**
 * What a node does by itself at every boot: becomes what is wanted, then, in a pair, sees to it that it is let in. It
 * waits without the node's lock, so commands get through meanwhile, and whatever converge came to: Steward may still mend it.
 * A node for a proof does nothing.
 */
export async function boot(host: Host): Promise<Result> {
  await dropSecrets(host);
  const settings = await readSettings(host);
  if (settings.kind === "read" && settings.value.purpose === "prove") return idle(host);
  if (settings.kind === "read") await untilReadable(host);
  const converged = await obey(host, "converge", await bootEnvelope(host), converge);
  host.log(converged.exitCode === 0 ? "converged" : `did not converge: ${converged.stderr.trim()}`);
  if (settings.kind === "read" && settings.value.topology === "ha") await letItselfIn(host, settings.value);
  return { ...converged, stderr: "" };
}

/** A node for a proof has nothing to become by itself: its document is one that only Steward's command names. */
function idle(host: Host): Result {
  host.log("waits for Steward: this node proves a copy");
  return { exitCode: EXIT.done, stdout: "", stderr: "" };
}

const READABLE_WITHIN_MS = 5 * 60_000;
const LOOK_EVERY_MS = 10_000;

/** A new node's way to AWS may come up later than this program, and its rights too; then converge is worth waiting for. Says why it waits, each reason once. */
async function untilReadable(host: Host): Promise<void> {
  const deadline = host.now().getTime() + READABLE_WITHIN_MS;
  let said = "";
  for (;;) {
    const plan = await readPlan(host, {});
    if (plan.kind === "read" || host.now().getTime() >= deadline) return;
    if (plan.because !== said) host.log(`waits: ${plan.because}`);
    said = plan.because;
    await host.sleep(LOOK_EVERY_MS);
  }
}

/** The order that boot gives itself, once per start of its unit: as good as the last lease this node has seen, and no better. */
async function bootEnvelope(host: Host): Promise<CommandEnvelope> {
  const id = host.invocation ?? (await host.readFile(PATHS.bootId))?.trim() ?? "unknown";
  const epoch = (await recall(host))?.highestEpoch ?? 0;
  return { key: `boot-${id}`, epoch, notAfter: new Date(host.now().getTime() + BOOT_GRACE_MS) };
}
