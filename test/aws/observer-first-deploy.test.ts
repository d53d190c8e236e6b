import { marshall } from "@aws-sdk/util-dynamodb";
import { FleetFacts } from "@steward/core/fleet/facts";
import { describe, expect, test } from "vitest";
import { desired } from "../core/builders.ts";
import { declaredOf } from "../core/first-deploy/founding.ts";
import { healthy, instance, LEFT, observe } from "./seen-fleet.ts";
import { awsError, refuse, stubAws } from "./stub-aws.ts";

describe("a first deploy", () => {
  const { pointer, document } = declaredOf("ha");
  const group = { AutoScalingGroupName: "steward-demo", DesiredCapacity: 0, MinSize: 0, MaxSize: 3, TargetGroupARNs: ["arn:tg"], Instances: [] as object[] };
  const missing = () => {
    throw awsError("ParameterNotFound", "");
  };
  /** Everything as a deploy leaves it, and so much on the record. */
  const account = (record: object[] = [], inEffect: object | null = null) => ({
    ...healthy,
    DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [group] }),
    DescribeInstances: () => ({ Reservations: [] }),
    DescribeInstanceStatus: () => ({ InstanceStatuses: [] }),
    DescribeDBInstances: () => ({ DBInstances: [{ DBInstanceStatus: "creating" }] }),
    GetParameter: ({ Name }: Record<string, unknown>) => {
      if (Name === "/steward/demo/desired" && !inEffect) return missing();
      const values: Record<string, unknown> = {
        "/steward/demo/desired": inEffect,
        "/steward/demo/declared": pointer,
        "/steward/demo/switch": { position: "on" },
      };
      return { Parameter: { Value: JSON.stringify(values[Name as string]) } };
    },
    GetObject: () => ({ Body: { transformToString: async () => JSON.stringify(document) } }),
    DescribeSecret: () => ({ VersionIdsToStages: {} }),
    DescribeLaunchTemplates: () => ({ LaunchTemplates: [] }),
    Query: ({ ExpressionAttributeValues }: Record<string, unknown>) => ({
      Items:
        (ExpressionAttributeValues as Record<string, { S?: string }>)[":pk"]?.S === "FIRST-DEPLOY"
          ? record.map((item) => marshall({ pk: "FIRST-DEPLOY", ...item }))
          : [],
    }),
  });
  const reached = { sk: "reached#image", at: "2026-01-05T08:00:00.000Z" };
  const finished = { sk: "finished", at: "2026-01-05T08:30:00.000Z" };

  test("is under way in an account into which was just deployed", async () => {
    const facts = await observe(stubAws(account()).clients);
    expect(FleetFacts.parse(JSON.parse(JSON.stringify(facts)))).toEqual(facts);
    expect(facts).toMatchObject({ desired: null, unread: [] });
    expect(facts.firstDeploy).toEqual({
      record: { reached: {}, written: null, databaseAt: null, finishedAt: null },
      declared: { pointer, document },
      filled: [],
      key: { fingerprint: null, offlineCopy: null },
      endpoint: null,
      baseVersion: null,
      template: null,
      unread: [],
    });
  });

  test("is under way from its first note to its last, whatever is there", async () => {
    expect((await observe(stubAws(account([reached], desired)).clients)).firstDeploy?.record.reached).toEqual({ image: new Date(reached.at) });
    const { clients, sent } = stubAws(account([reached, finished]));
    expect((await observe(clients)).firstDeploy).toBeNull();
    expect(sent.map(({ command }) => command)).not.toContain("DescribeSecret");
  });

  test.each<[string, Parameters<typeof stubAws>[0]]>([
    ["something is in effect", account([], desired)],
    ["the group should have a node", { ...account(), DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [{ ...group, DesiredCapacity: 1 }] }) }],
    ["a node is left", { ...account(), DescribeInstances: () => ({ Reservations: [{ Instances: [instance(LEFT, "shutting-down")] }] }) }],
  ])("is not begun where %s", async (_when, answers) => {
    expect(await observe(stubAws(answers).clients)).toMatchObject({ firstDeploy: null, unread: [] });
  });

  test.each(["DescribeAutoScalingGroups", "DescribeScalingActivities", "DescribeInstances", "DescribeDBInstances", "GetParameter", "Query"])(
    "is never seen in half a view: %s says nothing",
    async (operation) => {
      const facts = await observe(stubAws({ ...account(), [operation]: refuse("ThrottlingException", "slow down") }).clients);
      expect([facts.firstDeploy, facts.unread.length > 0]).toEqual([null, true]);
    },
  );

  test("keeps to itself what only it could not read: the fleet is seen all the same", async () => {
    const facts = await observe(stubAws({ ...account(), DescribeSecret: refuse("AccessDeniedException", "no") }).clients);
    expect([facts.unread, facts.firstDeploy?.unread.map(({ what }) => what)]).toEqual([[], ["the vault"]]);
  });
});
