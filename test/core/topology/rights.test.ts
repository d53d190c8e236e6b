import { DATABASE_DRILL, VOLUME_DRILL } from "@steward/core/runbooks/prove-restore";
import { RUNBOOKS } from "@steward/core/runbooks/registry";
import type { Change } from "@steward/core/runbooks/steps";
import { arns } from "@steward/core/topology/arns";
import type { FunctionSpec } from "@steward/core/topology/control-spec";
import { CHANGE_GRANTS, policyOf } from "@steward/core/topology/grants";
import type { TopologyKind } from "@steward/core/topology/topology";
import { describe, expect, test } from "vitest";
import { haTopology, singleTopology } from "../../settings.ts";
import { before, policyFor, stageIds } from "../first-deploy/founding.ts";

const place = { account: "123456789012", region: "eu-central-1" };
const where = { region: place.region, network: { zones: ["eu-central-1a", "eu-central-1b"] } };
const topology = haTopology("demo", where);
const single = singleTopology("demo", where);
const copyKey = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef";
const copy = { region: "eu-west-1", kmsKeyArn: copyKey, keep: { count: 7 }, schedules: ["daily"] };
/** With everything that is off unless somebody asks for it. */
const wanting = singleTopology("demo", { ...where, snapshots: { lock: { newest: 3, days: 7 }, archive: { afterDays: 30 }, copy } });
const statements = ({ role }: Pick<FunctionSpec, "role">) => role.policy.Statement;
const functionOf = (handler: string, { functions } = topology) => {
  const found = functions.find((spec) => spec.handler === handler);
  if (!found) throw new Error(`there is no function ${handler}`);
  return found;
};
const actionsOf = (handler: string, of = topology) => statements(functionOf(handler, of)).flatMap(({ Action }) => Action);

/** Buckets have their account in the name, roles have no region, and images and snapshots no account. */
const OURS =
  /:eu-central-1:123456789012:|^\{key:[a-z]+\}$|^arn:aws:s3:::steward-123456789012-|^arn:aws:iam::123456789012:|^arn:aws:ec2:eu-central-1::(image|snapshot)\/\*$/;

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
        "ec2:DescribeAddresses",
        "ec2:DescribeImages",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeLockedSnapshots",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSnapshots",
        "ec2:DescribeSubnets",
        "ec2:DescribeVolumes",
        "elasticloadbalancing:DescribeTargetHealth",
        "ssm:GetCommandInvocation",
      ];
      // Metrics have no resource: the namespace stands in for it.
      if (spec.handler === "observe" || spec.handler === "keep-snapshots") unscoped.push("cloudwatch:PutMetricData");
      expect(everywhere.filter((action) => !unscoped.includes(action))).toEqual([]);
    });

    test("reaches no other account or region, and changes nothing of another stage", () => {
      const scoped = statements(spec).filter(({ Resource }) => !Resource.includes("*"));
      for (const resource of scoped.flatMap(({ Resource }) => Resource)) expect(resource).toMatch(OURS);
      const beyond = scoped.filter(({ Resource, Condition }) => Resource.some((resource) => !/demo|\{key:/.test(`${resource} ${JSON.stringify(Condition)}`)));
      // What this very call creates may be tagged by it, and the creation asks for the stage's tag.
      const atCreation = beyond.filter(({ Condition }) => Condition?.StringEquals?.["ec2:CreateAction"]);
      expect(atCreation.flatMap(({ Action }) => Action).filter((action) => action !== "ec2:CreateTags")).toEqual([]);
      const others = beyond.filter((statement) => !atCreation.includes(statement) && !statement.Resource.every(isAwsOwn)).flatMap(({ Action }) => Action);
      expect(others.filter((action) => !action.includes(":Describe"))).toEqual([]);
    });

    test("lets it log and leave what failed in the dead letter queue", () => {
      expect(statements(spec).flatMap(({ Action }) => Action)).toEqual(
        expect.arrayContaining(["sqs:SendMessage", "logs:CreateLogStream", "logs:PutLogEvents"]),
      );
      expect(spec.onFailure).toBe(topology.deadLetter.name);
    });
  },
);

/** The options of a database that AWS itself has in every account. */
const isAwsOwn = (resource: string): boolean => resource.includes(":og:default:");

const a = arns("demo", { ...place, snapshots: { copy: { ...copy, atOnce: 5 } } });

/** Of the stage's pipeline, and held by nobody. */
const GOLDEN = {
  StringEquals: { "aws:ResourceTag/steward:stage": "demo" },
  Null: { "aws:ResourceTag/steward:image": "false", "aws:ResourceTag/steward:hold": "true" },
};

describe("rights", () => {
  const kinds = { ha: topology, single: wanting };
  const plannedIn = (kind: TopologyKind): Change[] =>
    stageIds(kind).flatMap((id) => RUNBOOKS["first-deploy"].plan({}, before(kind, id), policyFor(kind)).steps.map((step) => step.do));
  const DRILLS: Record<TopologyKind, readonly Change[]> = { single: VOLUME_DRILL, ha: DATABASE_DRILL };
  const cases = Object.values(RUNBOOKS).flatMap(({ id, topologies, changes }) =>
    topologies.map((kind) => ({ id, kind, changes: id === "first-deploy" ? plannedIn(kind) : id === "prove-restore" ? DRILLS[kind] : changes })),
  );

  test.each(cases)("to every change of $id are with remediate in $kind", ({ changes, kind }) => {
    const granted = statements(functionOf("remediate", kinds[kind])).map((statement) => JSON.stringify(statement));
    expect(changes.length).toBeGreaterThan(0);
    for (const change of changes)
      for (const needed of policyOf([CHANGE_GRANTS[change]], a, "demo").Statement) expect(granted).toContain(JSON.stringify(needed));
  });

  test("to changes of runbooks that a single server refuses are not given there", () => {
    const changing = (of: typeof topology) => actionsOf("remediate", of).filter((action) => /^(autoscaling|ec2):(?!Describe)/.test(action));
    const replaces = ["EnterStandby", "SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"].map((action) => `autoscaling:${action}`);
    // A person has to approve that: a restore ends the only server through its group.
    expect(changing(single).filter((action) => replaces.includes(action))).toEqual(["autoscaling:TerminateInstanceInAutoScalingGroup"]);
    expect(
      changing(topology)
        .filter((action) => replaces.includes(action))
        .sort(),
    ).toEqual(replaces);
    const everybody = (of: typeof topology) => of.functions.flatMap(({ handler }) => actionsOf(handler, of));
    expect(everybody(single).filter((action) => /DBInstance|TargetHealth/.test(action))).toEqual([]);
    expect(everybody(topology).filter((action) => /AttachVolume|CreateVolume|Address|DeleteTags/.test(action))).toEqual([]);
  });

  test("to carry a volume and an address from server to server are for things of this stage", () => {
    const moving = statements(functionOf("remediate", single)).filter(({ Action }) => /AttachVolume|AssociateAddress|DeleteTags/.test(Action.join()));
    const tags = moving.map(({ Condition }) => Object.entries(Condition?.StringEquals ?? {}).flat());
    const [ours, drilled] = ["stage", "drill"].map((kind) => [`aws:ResourceTag/steward:${kind}`, "demo"]);
    expect(tags).toEqual([ours, ours, ours, drilled, ours, ours]);
  });

  test("to end a machine and to delete a volume are for what a drill has made and the fleet does not have, and with remediate alone", () => {
    const ending = [topology, single].flatMap((of) =>
      of.functions.flatMap((spec) =>
        statements(spec).flatMap(({ Action, Condition }) =>
          Action.some((action) => /^ec2:(TerminateInstances|DeleteVolume)$/.test(action)) ? [[spec.handler, Condition]] : [],
        ),
      ),
    );
    const drilled = { StringEquals: { "aws:ResourceTag/steward:drill": "demo" }, Null: { "aws:ResourceTag/steward:stage": "true" } };
    expect(ending).toEqual([
      ["remediate", drilled],
      ["remediate", drilled],
    ]);
  });

  test("to settle a volume are to take that one tag and no other, and never all of them", () => {
    const [settle] = statements(functionOf("remediate", single)).filter(({ Action }) => Action.includes("ec2:DeleteTags"));
    // A call that names no tag takes them all, and ForAllValues holds for it.
    expect(settle?.Condition).toMatchObject({ "ForAllValues:StringEquals": { "aws:TagKeys": "steward:new" }, Null: { "aws:TagKeys": "false" } });
  });

  test("to mark volumes are to name them and to say that they are kept, and nothing else", () => {
    const tagging = statements(functionOf("remediate", single)).filter(
      ({ Action, Condition }) => /(Create|Delete)Tags/.test(Action.join()) && JSON.stringify(Condition).includes("kept-until-confirmed"),
    );
    const only = (keys: string | string[]) => ({
      StringEquals: { "aws:ResourceTag/steward:stage": "demo" },
      "ForAllValues:StringEquals": { "aws:TagKeys": keys },
      Null: { "aws:TagKeys": "false" },
    });
    expect(tagging.map(({ Action, Resource, Condition }) => [Action, Resource, Condition])).toEqual([
      [["ec2:CreateTags"], [a.ec2("volume")], only(["Name", "steward:kept-until-confirmed"])],
      [["ec2:DeleteTags"], [a.ec2("volume")], only("steward:kept-until-confirmed")],
    ]);
  });

  test("to approve are to see, to put the approval on record and to start the run, and nothing to change", () => {
    const changing = (of: typeof topology) => [...new Set(actionsOf("approve", of).filter((action) => !/:(Describe|Get|Query)/.test(action)))].sort();
    expect(changing(single)).toEqual(["dynamodb:PutItem", "lambda:InvokeFunction", "logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"]);
    expect(changing(topology)).toEqual(["logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"]);
  });

  test("to a snapshot are for the stage's own server and volume, and what is made has the stage's tag", () => {
    const making = statements(functionOf("remediate", single)).filter(({ Action }) => Action.some((action) => action.startsWith("ec2:CreateSnapshot")));
    expect(making.map(({ Action, Resource, Condition }) => [Action, Resource, Condition])).toEqual([
      [["ec2:CreateSnapshots"], [a.anyInstance], { StringEquals: { "aws:ResourceTag/steward:stage": "demo" } }],
      [["ec2:CreateSnapshot", "ec2:CreateSnapshots"], [a.ec2("volume")], { StringEquals: { "aws:ResourceTag/steward:stage": "demo" } }],
      [["ec2:CreateSnapshot", "ec2:CreateSnapshots"], [a.anySnapshot], { StringEquals: { "aws:RequestTag/steward:stage": "demo" } }],
    ]);
  });

  test("to mark a snapshot are to say how it was made, what its proof came to, and since when its image is gone, and nothing else: not even Steward can take a hold off", () => {
    const all = single.functions.flatMap(statements);
    const tagging = all.filter(({ Action, Resource }) => Action.includes("ec2:CreateTags") && Resource.includes(a.anySnapshot));
    expect(tagging.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { "ec2:CreateAction": ["CreateSnapshot", "CreateSnapshots"] } },
      {
        StringEquals: { "aws:ResourceTag/steward:stage": "demo" },
        "ForAllValues:StringEquals": { "aws:TagKeys": "steward:consistency" },
        Null: { "aws:TagKeys": "false" },
      },
      {
        StringEquals: { "aws:ResourceTag/steward:stage": "demo" },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["steward:proven", "steward:proof-failed"] },
        Null: { "aws:TagKeys": "false" },
      },
      {
        StringEquals: { "aws:ResourceTag/steward:stage": "demo" },
        "ForAllValues:StringEquals": { "aws:TagKeys": "steward:left-at" },
        Null: { "aws:ResourceTag/steward:image": "false", "aws:TagKeys": "false" },
      },
    ]);
    const untagging = all.filter(({ Action }) => Action.includes("ec2:DeleteTags")).flatMap(({ Resource }) => Resource);
    expect(untagging).toEqual([a.ec2("volume"), a.anySnapshot, a.ec2("volume")]);
  });

  test("to delete a snapshot are for the stage's own ones without a hold, and with remediate alone", () => {
    const deleting = single.functions.flatMap((spec) =>
      statements(spec).flatMap((statement) => (statement.Action.includes("ec2:DeleteSnapshot") ? [{ handler: spec.handler, ...statement }] : [])),
    );
    expect(deleting).toEqual([
      {
        handler: "remediate",
        Effect: "Allow",
        Action: ["ec2:DeleteSnapshot"],
        Resource: [a.anySnapshot],
        Condition: { StringEquals: { "aws:ResourceTag/steward:stage": "demo" }, Null: { "aws:ResourceTag/steward:hold": "true" } },
      },
      { handler: "remediate", Effect: "Allow", Action: ["ec2:DeleteSnapshot"], Resource: [a.anySnapshot], Condition: GOLDEN },
    ]);
  });

  test("to lock a snapshot are for the stage's own, with remediate alone and only where the settings ask for it; none takes a lock off", () => {
    const locking = (of: typeof topology) =>
      of.functions.flatMap((spec) =>
        statements(spec).flatMap(({ Action, Resource, Condition }) =>
          /LockSnapshot/.test(Action.join()) ? [{ by: spec.handler, Action, Resource, Condition }] : [],
        ),
      );
    expect(locking(wanting)).toEqual([
      {
        by: "remediate",
        Action: ["ec2:LockSnapshot"],
        Resource: ["arn:aws:ec2:eu-central-1::snapshot/*"],
        Condition: { StringEquals: { "aws:ResourceTag/steward:stage": "demo" } },
      },
    ]);
    expect([...locking(single), ...locking(topology)]).toEqual([]);
  });

  test("to archive a snapshot are for the stage's own under its own key, and there only where the settings ask for it; none brings one back", () => {
    const rightsOf = (of: typeof topology) =>
      of.functions.flatMap((spec) => statements(spec).flatMap(({ Action }) => (/Tier/.test(Action.join()) ? [`${spec.handler} ${Action}`] : [])));
    expect(rightsOf(wanting)).toEqual([
      "remediate ec2:DescribeSnapshotTierStatus",
      "remediate ec2:ModifySnapshotTier",
      "runbook ec2:DescribeSnapshotTierStatus",
      "approve ec2:DescribeSnapshotTierStatus",
      "keep-snapshots ec2:DescribeSnapshotTierStatus",
    ]);
    expect(statements(functionOf("remediate", wanting)).find(({ Action }) => Action.includes("ec2:ModifySnapshotTier"))).toMatchObject({
      Resource: ["arn:aws:ec2:eu-central-1::snapshot/*"],
      Condition: { StringEquals: { "aws:ResourceTag/steward:stage": "demo" } },
    });
    expect([...rightsOf(single), ...rightsOf(topology)]).toEqual([]);
  });

  test("to the other region are to copy the stage's own there and to delete those copies, with remediate alone and only where the settings ask for it", () => {
    const there = (of: typeof topology) =>
      of.functions.flatMap((spec) =>
        statements(spec).flatMap(({ Action, Resource, Condition }) => (/eu-west-1/.test(Resource.join()) ? [{ by: spec.handler, Action, Condition }] : [])),
      );
    const via = { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" };
    const ours = { "aws:ResourceTag/steward:stage": "demo" };
    expect(there(wanting)).toEqual([
      { by: "remediate", Action: ["ec2:CopySnapshot"], Condition: { StringEquals: { "aws:RequestTag/steward:stage": "demo" } } },
      { by: "remediate", Action: ["ec2:CreateTags"], Condition: { StringEquals: { "ec2:CreateAction": "CopySnapshot" } } },
      { by: "remediate", Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"], Condition: { StringEquals: via } },
      { by: "remediate", Action: ["kms:CreateGrant"], Condition: { StringEquals: via, Bool: { "kms:GrantIsForAWSResource": "true" } } },
      {
        by: "remediate",
        Action: ["ec2:DeleteSnapshot"],
        Condition: { StringEquals: ours, Null: { "aws:ResourceTag/steward:hold": "true", "aws:ResourceTag/steward:copy-of": "false" } },
      },
    ]);
    expect([...there(single), ...there(topology)]).toEqual([]);
  });

  test("to take an image away are for golden ones of the stage without a hold and for what they rest on, and with remediate alone", () => {
    for (const of of [topology, single]) {
      const having = (action: string) =>
        of.functions.flatMap((spec) =>
          statements(spec).flatMap((statement) => (statement.Action.includes(action) ? [{ handler: spec.handler, ...statement }] : [])),
        );
      for (const action of ["ec2:DeregisterImage", "ec2:DisableImage"])
        expect(having(action)).toEqual([{ handler: "remediate", Effect: "Allow", Action: [action], Resource: [a.anyImage], Condition: GOLDEN }]);
    }
    const onSnapshots = topology.functions.flatMap(({ handler }) => actionsOf(handler)).filter((action) => /^ec2:.*Snapshot/.test(action));
    expect(onSnapshots.filter((action) => !action.startsWith("ec2:Describe"))).toEqual(["ec2:DeleteSnapshot"]);
  });

  test("to mark an image are to say when it was disabled, and nothing else", () => {
    const tagging = topology.functions.flatMap(statements).filter(({ Action, Resource }) => Action.includes("ec2:CreateTags") && Resource.includes(a.anyImage));
    expect(tagging.map(({ Condition }) => Condition)).toEqual([
      {
        StringEquals: { "aws:ResourceTag/steward:stage": "demo" },
        "ForAllValues:StringEquals": { "aws:TagKeys": "steward:disabled-at" },
        Null: { "aws:TagKeys": "false" },
      },
    ]);
  });

  test("to grant the use of a key are to grant it to AWS's own services, by way of EC2 or, in a pair, of RDS", () => {
    const granting = [topology, single].flatMap((of) => of.functions.flatMap(statements)).filter(({ Action }) => Action.includes("kms:CreateGrant"));
    expect(granting.length).toBeGreaterThan(0);
    for (const { Action, Condition } of granting) {
      expect(Action).toEqual(["kms:CreateGrant"]);
      expect(Condition).toEqual({
        StringEquals: { "kms:ViaService": expect.stringMatching(/^(ec2|rds)\.eu-central-1\.amazonaws\.com$/) },
        Bool: { "kms:GrantIsForAWSResource": "true" },
      });
    }
  });

  test("to make something are to make it with the stage's tag or a drill's, and to launch from what has the stage's", () => {
    const makes = /^ec2:(CreateVolume|CreateLaunchTemplate|CreateLaunchTemplateVersion|RunInstances)$/;
    for (const of of [topology, single]) {
      const making = statements(functionOf("remediate", of)).filter(({ Action }) => Action.some((action) => makes.test(action)));
      expect(making.length).toBeGreaterThan(2);
      for (const { Condition } of making)
        expect(JSON.stringify(Condition?.StringEquals)).toMatch(/^\{"aws:((Request|Resource)Tag\/steward:stage|RequestTag\/steward:drill)":"demo"[,}]/);
    }
  });

  test("to launch for a drill reach its own instance profile and security group alone, and others' groups only by a template", () => {
    const launching = statements(functionOf("remediate", single)).filter(({ Action }) => Action.includes("ec2:RunInstances"));
    const into = (type: string) => launching.filter(({ Resource }) => Resource.some((arn) => arn.includes(`:${type}/`))).map(({ Condition }) => Condition);
    expect(into("security-group")).toEqual([
      { StringEquals: { "aws:ResourceTag/steward:stage": "demo" }, Null: { "ec2:LaunchTemplate": "false" } },
      { StringEquals: { "aws:ResourceTag/steward:stage": "demo", "aws:ResourceTag/Name": "steward-demo-drill" } },
    ]);
    expect(into("instance")).toContainEqual({
      StringEquals: { "aws:RequestTag/steward:drill": "demo" },
      ArnEquals: { "ec2:InstanceProfile": expect.stringMatching(/:instance-profile\/steward-demo-drill$/) },
    });
  });

  test("to take tags off snapshots reach the failure of a proof alone", () => {
    const taking = statements(functionOf("remediate", single)).filter(
      ({ Action, Resource }) => Action.includes("ec2:DeleteTags") && Resource.some((arn) => arn.includes("snapshot")),
    );
    expect(taking.map(({ Condition }) => Condition?.["ForAllValues:StringEquals"])).toEqual([{ "aws:TagKeys": ["steward:proof-failed"] }]);
  });

  test("to read the vault are to read the salt alone, and with remediate alone", () => {
    for (const of of [topology, single]) {
      const reading = of.functions.filter(({ handler }) => actionsOf(handler, of).includes("secretsmanager:GetSecretValue"));
      expect(reading.map(({ handler }) => handler)).toEqual(["remediate"]);
      const read = reading.flatMap(statements).filter(({ Action }) => Action.includes("secretsmanager:GetSecretValue"));
      expect(read.flatMap(({ Resource }) => Resource)).toEqual([
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:steward/demo/fingerprint-salt-??????",
      ]);
    }
  });

  test("to pass a role are to pass the nodes' to EC2", () => {
    const passing = statements(functionOf("remediate")).filter(({ Action }) => Action.includes("iam:PassRole"));
    expect(passing).toEqual([expect.objectContaining({ Resource: [a.nodeRole], Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } } })]);
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
    expect(actions(single).filter((action) => action.startsWith("s3:"))).toEqual(["s3:GetObject", "s3:PutObject"]);
  });

  test.each([topology, single])("reads in $kind what is in effect and leaves evidence, and nothing else of the state bucket", ({ nodeRole: { policy } }) => {
    const state = policy.Statement.filter(({ Resource }) => Resource.some((resource) => resource.includes("-state")));
    expect(state.map(({ Action, Resource }) => [...Action, ...Resource])).toEqual([
      ["s3:GetObject", "arn:aws:s3:::steward-123456789012-demo-state/effective/*"],
      ["s3:PutObject", "arn:aws:s3:::steward-123456789012-demo-state/evidence/*"],
    ]);
  });

  test.each([topology, single])(
    "reads in $kind the stage's own secrets, and in the pair the master's of its own database",
    ({ nodeRole: { policy }, secrets, kind }) => {
      const read = policy.Statement.filter(({ Action }) => Action.includes("secretsmanager:GetSecretValue"));
      expect(read[0]?.Resource).toEqual(secrets.map(({ id }) => a.secret(id)));
      expect(read.slice(1).map(({ Condition }) => Condition)).toEqual(
        kind === "ha" ? [{ StringEquals: { "aws:ResourceTag/aws:rds:primaryDBInstanceArn": a.database } }] : [],
      );
    },
  );

  test("stays in its folder of a bucket that somebody else named", () => {
    const { nodeRole } = haTopology("demo", { ...where, storage: { bucket: "our-packages", prefix: "ppm" } });
    const resources = nodeRole.policy.Statement.flatMap(({ Resource }) => Resource);
    expect(resources).toEqual(
      expect.arrayContaining(["arn:aws:s3:::our-packages", "arn:aws:s3:::our-packages/ppm/*", "arn:aws:s3:::our-packages/ppm/persistent/encryption/*"]),
    );
  });
});

test("of a pair's drill change databases and snapshots by the drill's name and tag alone, and never the fleet's own", () => {
  const remediate = statements(functionOf("remediate", topology));
  const changing = remediate.filter(({ Action }) => Action.some((action) => /^rds:(Delete|Modify|Reboot|Restore|Copy|Create|Start|Stop)/.test(action)));
  expect(changing.flatMap(({ Resource }) => Resource)).not.toContain(a.database);
  const deleting = changing.filter(({ Action }) => Action.some((action) => action.startsWith("rds:Delete")));
  expect(deleting.map(({ Resource, Condition }) => [Resource, Condition])).toEqual(
    ["db:steward-demo-drill-*", "snapshot:steward-demo-proven-*"].map((resource) => [
      [a.rds(resource)],
      { StringEquals: { "aws:ResourceTag/steward:drill": "demo" }, Null: { "aws:ResourceTag/steward:stage": "true" } },
    ]),
  );
  expect(remediate.flatMap(({ Action }) => Action).filter((action) => /^rds:(Modify|Reboot|Stop|Start|Create)/.test(action))).toEqual([]);
});

describe("the role of a restore drill", () => {
  const policyOf = (different: Parameters<typeof singleTopology>[1] = {}) =>
    singleTopology("demo", { ...where, ...different }).drillRole?.policy.Statement ?? [];
  const readIn = (policy: ReturnType<typeof policyOf>) =>
    policy.filter(({ Action }) => Action.includes("secretsmanager:GetSecretValue")).flatMap(({ Resource }) => Resource);

  test("is a single server's alone", () => {
    expect([topology.drillRole, single.drillRole?.name]).toEqual([null, "steward-demo-drill"]);
    const [own] = topology.network.securityGroups.filter(({ id }) => id === "drill");
    expect(own).toMatchObject({ ingress: [{ from: 5432, to: 5432, peer: { group: "nodes" } }], egress: [] });
  });

  test("changes nothing, sends no metrics, and has no part in the ledger, the group or another bucket", () => {
    const actions = policyOf().flatMap(({ Action }) => Action);
    expect(
      actions.filter((action) => !/^(ssmmessages:(Create|Open)|ssm:(Get|UpdateInstanceInformation)|s3:Get|kms:Decrypt|secretsmanager:Get)/.test(action)),
    ).toEqual([]);
    expect(policyOf().flatMap(({ Resource }) => Resource.filter((resource) => resource.includes(":s3:::")))).toEqual([
      "arn:aws:s3:::steward-123456789012-demo-state/effective/*",
    ]);
  });

  test("reads what the server on the copy starts with", () => {
    expect(readIn(policyOf())).toEqual(["encryption-key", "license", "certificate", "fingerprint-salt"].map((id) => a.secret(id as "license")));
    expect(readIn(policyOf({ tls: "none" }))).toEqual(["encryption-key", "license", "fingerprint-salt"].map((id) => a.secret(id as "license")));
  });

  test("never reads a licence that is no file", () => {
    for (const license of [{ kind: "key" as const }, { kind: "floating" as const, server: "licences.example.com:8989" }])
      expect(readIn(policyOf({ packageManager: { license } }))).not.toContain(a.secret("license"));
  });
});
