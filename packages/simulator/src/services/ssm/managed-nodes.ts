import type * as Module from "@aws-sdk/client-ssm";
import type { Account, Machine } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { page, pageSize } from "./page.ts";

/** An agent that was not heard of for this long has lost its connection: one missed five-minute heartbeat, and some more. */
const LOST_AFTER_MS = 330_000;

/** What Systems Manager thinks of a node; it learns late that an agent went away. */
export function pingStatus(machine: Machine): "Online" | "ConnectionLost" | undefined {
  const seen = machine.agentLastSeen ? machine.agentLastSeen() : machine.agentOnline() ? new Date() : undefined;
  if (!seen) return undefined;
  return Date.now() - seen.getTime() > LOST_AFTER_MS ? "ConnectionLost" : "Online";
}

/** The nodes whose agent registered at least once. */
export const managedNodeOperations = (account: Account): Operations<typeof Module> => ({
  DescribeInstanceInformation: {
    run: ({ Filters = [], MaxResults, NextToken }) => {
      const nodes = account.links.machines().filter((machine) => pingStatus(machine) !== undefined);
      const chosen = nodes.filter((machine) => Filters.every((filter) => passes(account, machine, filter)));
      const { items, NextToken: next } = page(chosen, pageSize(MaxResults, { smallest: 5, largest: 50 }), NextToken);
      return { InstanceInformationList: items.map(information), NextToken: next };
    },
  },
});

function passes(account: Account, machine: Machine, { Key = "", Values = [] }: Module.InstanceInformationStringFilter): boolean {
  if (Key === "InstanceIds") return Values.includes(machine.instanceId);
  if (Key === "PingStatus") return Values.includes(pingStatus(machine) ?? "");
  if (Key.startsWith("tag:")) return Values.includes(account.links.instanceTags(machine.instanceId)[Key.slice(4)] ?? "");
  throw new AwsError("InvalidFilterKey", "The specified key isn't valid.");
}

const information = (machine: Machine): Module.InstanceInformation => ({
  InstanceId: machine.instanceId,
  PingStatus: pingStatus(machine),
  LastPingDateTime: machine.agentLastSeen?.(),
  AgentVersion: "3.3.3050.0",
  IsLatestVersion: true,
  PlatformType: "Linux",
  PlatformName: "Ubuntu",
  PlatformVersion: "22.04",
  ResourceType: "EC2Instance",
});
