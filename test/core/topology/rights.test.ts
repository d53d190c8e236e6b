import { RUNBOOKS } from "@steward/core/runbooks/registry";
import { arns } from "@steward/core/topology/arns";
import type { FunctionSpec } from "@steward/core/topology/control-spec";
import { CHANGE_GRANTS, policyOf } from "@steward/core/topology/grants";
import { describe, expect, test } from "vitest";
import { haTopology, singleTopology } from "../../settings.ts";

const place = { account: "123456789012", region: "eu-central-1" };
const where = { region: place.region, network: { zones: ["eu-central-1a", "eu-central-1b"] } };
const topology = haTopology("demo", where);
const single = singleTopology("demo", where);
const statements = ({ role }: Pick<FunctionSpec, "role">) => role.policy.Statement;
const functionOf = (handler: string, { functions } = topology) => {
  const found = functions.find((spec) => spec.handler === handler);
  if (!found) throw new Error(`there is no function ${handler}`);
  return found;
};
const actionsOf = (handler: string, of = topology) => statements(functionOf(handler, of)).flatMap(({ Action }) => Action);

describe.each([...topology.functions, ...single.functions].map((spec) => ({ ...spec, of: spec.environment.STEWARD_TOPOLOGY })))(
  "the policy of $handler in $of",
  (spec) => {
    test("has no wildcard in an action", () => {
      expect(
        statements(spec)
          .flatMap(({ Action }) => Action)
          .filter((action) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action)),
      ).toEqual([]);
    });

    test("allows only, and states each thing once", () => {
      expect(statements(spec).map(({ Effect }) => Effect)).not.toContain("Deny");
      expect(new Set(statements(spec).map((statement) => JSON.stringify(statement))).size).toBe(statements(spec).length);
    });

    test("has every resource only where AWS has no right on a single one", () => {
      const everywhere = statements(spec)
        .filter(({ Resource }) => Resource.includes("*"))
        .flatMap(({ Action }) => Action);
      const unscoped = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
        "elasticloadbalancing:DescribeTargetHealth",
        "ssm:GetCommandInvocation",
      ];
      // Metrics have no resource: the namespace stands in for it.
      if (spec.handler === "observe") unscoped.push("cloudwatch:PutMetricData");
      expect(everywhere.filter((action) => !unscoped.includes(action))).toEqual([]);
    });

    test("reaches no other account or region, and changes nothing of another stage", () => {
      const scoped = statements(spec).filter(({ Resource }) => !Resource.includes("*"));
      for (const resource of scoped.flatMap(({ Resource }) => Resource)) expect(resource).toMatch(/:eu-central-1:123456789012:|^\{key:[a-z]+\}$/);
      const beyond = scoped.filter(({ Resource, Condition }) => Resource.some((resource) => !/demo|\{key:/.test(`${resource} ${JSON.stringify(Condition)}`)));
      expect(beyond.flatMap(({ Action }) => Action).filter((action) => !action.includes(":Describe"))).toEqual([]);
    });

    test("lets it log and leave what failed in the dead letter queue", () => {
      expect(statements(spec).flatMap(({ Action }) => Action)).toEqual(
        expect.arrayContaining(["sqs:SendMessage", "logs:CreateLogStream", "logs:PutLogEvents"]),
      );
      expect(spec.onFailure).toBe(topology.deadLetter.name);
    });
  },
);

describe("rights", () => {
  const a = arns("demo", place);

  test.each(Object.values(RUNBOOKS))("to every change of $id are with remediate", ({ changes }) => {
    const granted = statements(functionOf("remediate")).map((statement) => JSON.stringify(statement));
    expect(changes.length).toBeGreaterThan(0);
    for (const change of changes)
      for (const needed of policyOf([CHANGE_GRANTS[change]], a, "demo").Statement) expect(granted).toContain(JSON.stringify(needed));
  });

  test("to changes of runbooks that a single server refuses are not given there", () => {
    const changing = actionsOf("remediate", single).filter((action) => /^(autoscaling|ec2):(?!Describe)/.test(action));
    expect(changing).toEqual(["autoscaling:CompleteLifecycleAction"]);
    expect(
      single.functions.flatMap(({ handler }) => actionsOf(handler, single)).filter((action) => /Volume|Address|DBInstance|TargetHealth/.test(action)),
    ).toEqual([]);
  });

  test("to ask the server are with whoever looks, where nobody stands before it", () => {
    const asks = (of: typeof topology) => of.functions.map(({ handler }) => handler).filter((handler) => actionsOf(handler, of).includes("ssm:SendCommand"));
    expect(asks(single)).toEqual(["observe", "remediate", "runbook"]);
    expect(asks(topology)).toEqual(["observe", "remediate"]);
  });

  test("to every change are asked for by some runbook", () => {
    const used = new Set(Object.values(RUNBOOKS).flatMap(({ changes }) => changes));
    expect(Object.keys(CHANGE_GRANTS).sort()).toEqual([...used].sort());
  });

  test("to change the group are with remediate alone", () => {
    const changing = topology.functions.filter(({ handler }) => actionsOf(handler).some((action) => /^(autoscaling|ec2):(?!Describe)/.test(action)));
    expect(changing.map(({ handler }) => handler)).toEqual(["remediate"]);
  });

  test("to publish to people are with alert alone", () => {
    expect(topology.functions.filter(({ handler }) => actionsOf(handler).includes("sns:Publish")).map(({ handler }) => handler)).toEqual(["alert"]);
  });

  test("to send commands end at our own document and at instances of this stage", () => {
    const sends = statements(functionOf("remediate")).filter(({ Action }) => Action.includes("ssm:SendCommand"));
    expect(sends.flatMap(({ Resource }) => Resource)).toEqual([a.document, a.anyInstance]);
    expect(sends[1]?.Condition).toEqual({ StringEquals: { "ssm:resourceTag/steward:stage": "demo" } });
  });
});

describe("the nodes' role", () => {
  const actions = ({ nodeRole }: typeof topology) => nodeRole.policy.Statement.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action);

  test("changes nothing of the fleet but its own hook, and that in the pair only", () => {
    const changes = /^(autoscaling|ec2|elasticloadbalancing|rds|ssm):(?!Describe|Get|UpdateInstanceInformation)/;
    expect(actions(topology).filter((action) => changes.test(action))).toEqual(["autoscaling:CompleteLifecycleAction"]);
    expect(actions(single).filter((action) => changes.test(action))).toEqual([]);
  });

  test("reads Package Manager's bucket in the pair, and never writes or deletes the key in it", () => {
    const denied = topology.nodeRole.policy.Statement.find(({ Effect }) => Effect === "Deny");
    expect(denied).toMatchObject({
      Action: ["s3:DeleteObject", "s3:PutObject"],
      Resource: ["arn:aws:s3:::steward-123456789012-demo-packages/persistent/encryption/*"],
    });
    expect(actions(single).filter((action) => action.startsWith("s3:"))).toEqual([]);
  });

  test("stays in its folder of a bucket that somebody else named, and uses its key where it encrypts by itself", () => {
    const { nodeRole, keys } = haTopology("demo", { ...where, storage: { bucket: "our-packages", prefix: "ppm", clientSideEncryption: true } });
    const resources = nodeRole.policy.Statement.flatMap(({ Resource }) => Resource);
    expect(resources).toEqual(
      expect.arrayContaining([
        "arn:aws:s3:::our-packages",
        "arn:aws:s3:::our-packages/ppm/*",
        "arn:aws:s3:::our-packages/ppm/persistent/encryption/*",
        "{key:packages}",
      ]),
    );
    expect(keys.map(({ id }) => id)).toContain("packages");
  });
});
