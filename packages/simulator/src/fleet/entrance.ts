import type { Account } from "../account/account.ts";
import type { Ec2 } from "../services/ec2/ec2.ts";
import type { Elbv2 } from "../services/elbv2/elbv2.ts";

/** Sends equal requests to wherever users come in, and counts what came back: a 2xx is served, anything else failed. */
export type Entrance = (path: string, count: number) => { served: number; failed: number };

export const throughBalancer =
  (elbv2: Elbv2, targetGroupArn: string): Entrance =>
  (path, count) =>
    elbv2.deliver({ targetGroupArn, path, count });

/** Users come straight to whichever instance has the address; nobody answers when none has. */
export const throughAddress =
  (account: Account, ec2: Ec2, allocationId: string): Entrance =>
  (path, count) => {
    const holder = ec2.addresses.get(allocationId)?.association?.instanceId;
    const answer = holder === undefined ? undefined : account.links.machine(holder)?.http(path);
    const served = answer?.kind === "answer" && answer.status >= 200 && answer.status < 300 ? count : 0;
    return { served, failed: count - served };
  };
