import { type Account, requestId } from "@steward/simulator/account/account";
import { AwsError, type Call, type Service } from "@steward/simulator/account/operation";
import type { Principal } from "@steward/simulator/account/principal";
import { codecFor } from "@steward/simulator/wire/codec";
import type { WireRequest, WireResponse } from "@steward/simulator/wire/message";
import { signatureOf } from "@steward/simulator/wire/signature";
import { machineDelay } from "@steward/simulator/world/install";
import type { Scenario } from "./scenarios.ts";
import type { Snapshots } from "./snapshots.ts";

/** What came through the door about snapshots. */
export interface Traffic {
  calls: Record<string, number>;
  throttled: number;
}

interface Door {
  account: Account;
  snapshots: Snapshots;
  scenario: Scenario;
  /** Whose buckets are drawn from. */
  principal: Principal;
}

/**
 * Where the contenders' requests come in: every one waits for the scenario's latency on the machine's own clock; those about
 * snapshots are then answered at once, with EC2's codec and, where the scenario says so, out of its buckets. Rights and signatures
 * are not looked at. Everything else is the account's.
 */
export function openDoor({ account, snapshots, scenario, principal }: Door) {
  const traffic: Traffic = { calls: {}, throttled: 0 };
  const ec2 = serviceOf(account);
  const codec = codecFor(ec2);
  const aside = async (request: WireRequest): Promise<WireResponse | undefined> => {
    await machineDelay(scenario.latencyMs);
    if (signatureOf(request)?.service !== "ec2") return undefined;
    const asked = codec.decode(request);
    const operation = asked && (snapshots.operations as Service["operations"])[asked.operation];
    if (!asked || !operation) return undefined;
    traffic.calls[asked.operation] = (traffic.calls[asked.operation] ?? 0) + 1;
    const call: Call = { account, service: "ec2", operation: asked.operation, principal, requestId: requestId() };
    try {
      if (scenario.buckets) counted(traffic, () => account.throttle(call, operation, asked.input));
      return codec.encode(asked.operation, await operation.run(asked.input, call), call.requestId);
    } catch (error) {
      if (error instanceof AwsError) return codec.error(error, call.requestId);
      throw error;
    }
  };
  return { aside, traffic };
}

function counted(traffic: Traffic, draw: () => void): void {
  try {
    draw();
  } catch (error) {
    traffic.throttled++;
    throw error;
  }
}

function serviceOf({ services }: Account): Service {
  const found = services.get("ec2");
  if (!found) throw new Error("the account has no EC2");
  return found;
}
