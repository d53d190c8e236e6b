import { DescribeInstanceStatusCommand, type EC2Client, type Filter, type Instance, type InstanceStatus, paginateDescribeInstances } from "@aws-sdk/client-ec2";
import type { NodeFacts } from "@steward/core/fleet/facts";
import { answered, calling } from "./failures.ts";

export type InstanceView = Pick<NodeFacts, "instanceId" | "imageId" | "launchedAt" | "ec2">;
export type StatusChecks = NodeFacts["statusChecks"];
export type Ec2 = ReturnType<typeof createEc2>;

/** EC2's view of instances, read only. */
export function createEc2(client: EC2Client) {
  /** By filter and not by id: an id that EC2 does not know (yet) would fail the whole call. */
  const matching = (filter: Filter): Promise<InstanceView[]> =>
    calling("describe instances", async () => {
      const found: InstanceView[] = [];
      for await (const page of paginateDescribeInstances({ client, pageSize: 100 }, { Filters: [filter] })) {
        found.push(...(page.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []).map(viewOf));
      }
      return found;
    });

  const statuses = async (instanceIds: string[]): Promise<[string, StatusChecks][]> => {
    const { InstanceStatuses } = await client.send(new DescribeInstanceStatusCommand({ InstanceIds: instanceIds, IncludeAllInstances: true }));
    return (InstanceStatuses ?? []).map((status) => [status.InstanceId ?? "", checksOf(status)]);
  };

  const oneStatus = async (instanceId: string): Promise<[string, StatusChecks][]> => {
    try {
      return await statuses([instanceId]);
    } catch (error) {
      if (answered(error, NOT_FOUND)) return [];
      throw error;
    }
  };

  return {
    /** Every instance that carries the stage's tag, terminated ones of the last hour included. */
    ofStage: (stage: string) => matching({ Name: "tag:steward:stage", Values: [stage] }),

    /** Those of the ids that EC2 knows. */
    byIds: async (instanceIds: string[]) => (instanceIds.length === 0 ? [] : matching({ Name: "instance-id", Values: instanceIds })),

    /** Status checks by instance id; an instance that EC2 does not know (yet) is left out without hiding the others. */
    statusChecks: (instanceIds: string[]): Promise<Map<string, StatusChecks>> =>
      calling("describe status checks", async () => {
        if (instanceIds.length === 0) return new Map();
        try {
          return new Map(await statuses(instanceIds));
        } catch (error) {
          if (!answered(error, NOT_FOUND)) throw error;
          return new Map((await Promise.all(instanceIds.map(oneStatus))).flat());
        }
      }),
  };
}

const NOT_FOUND = "InvalidInstanceID.NotFound";

const viewOf = (instance: Instance): InstanceView => ({
  instanceId: instance.InstanceId ?? "",
  imageId: instance.ImageId ?? "",
  launchedAt: instance.LaunchTime ?? new Date(0),
  ec2: instance.State?.Name ?? null,
});

/** One word out of EC2's checks: any impairment counts, and `ok` needs both to say so. */
function checksOf(status: InstanceStatus): StatusChecks {
  const checks = [status.InstanceStatus?.Status, status.SystemStatus?.Status];
  if ([...checks, status.AttachedEbsStatus?.Status].includes("impaired")) return "impaired";
  if (checks.every((check) => check === "ok")) return "ok";
  return checks.includes("initializing") ? "initializing" : "unknown";
}
