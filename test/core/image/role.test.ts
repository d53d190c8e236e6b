import { covers } from "@steward/core/settings/cidr";
import { names } from "@steward/core/topology/names";
import { fillAll } from "@steward/core/topology/placeholders";
import { imageState } from "@steward/core/triggers/image-state";
import { policyProblems } from "@steward/simulator/iam/validate";
import { describe, expect, test } from "vitest";
import { haSettings, haTopology, singleTopology } from "../../settings.ts";

const key = { "key:data": "arn:aws:kms:us-east-1:123456789012:key/1" };

describe.each([haTopology(), singleTopology()])("the builder of $kind", ({ image, kind, network }) => {
  const { builder } = image;
  const statements = builder.role.policy.Statement;
  const holding = (action: string) => statements.filter(({ Action }) => Action.includes(action)).flatMap(({ Resource }) => Resource);

  test("has rights that AWS understands", () => {
    expect(policyProblems(fillAll(builder.role.policy, key))).toEqual([]);
    expect(builder.role.service).toBe("ec2.amazonaws.com");
  });

  test("reads its components and the program, writes its log, and may change nothing", () => {
    const changing = statements
      .flatMap(({ Action }) => Action)
      .filter((action) => !/:(Get|Decrypt|Open|Create.*Channel|UpdateInstanceInformation)/.test(action));
    expect(changing).toEqual(["logs:CreateLogStream", "logs:PutLogEvents"]);
    expect(holding("logs:PutLogEvents")).toEqual([`arn:aws:logs:us-east-1:123456789012:log-group:${image.pipeline.logs.image}:*`]);
    expect(holding("s3:GetObject")).toEqual(["arn:aws:s3:::ec2imagebuilder*", "arn:aws:s3:::steward-123456789012-demo-state/image/*"]);
    expect(image.program.key).toMatch(/^image\//);
    const [components] = holding("imagebuilder:GetComponent");
    for (const { name } of image.components)
      expect(`arn:aws:imagebuilder:us-east-1:123456789012:component/${name}/1.0.0/1`).toMatch(new RegExp(`^${components?.replace("*", ".*")}$`));
  });

  test("reads no secret, no desired state and no package", () => {
    expect(JSON.stringify(statements)).not.toMatch(/secretsmanager|ssm:GetParameter|dynamodb|packages|ec2messages/);
  });

  test("lies where there is a way out, in no one else's addresses", () => {
    const { placement } = builder;
    const id = placement.of === "nodes" ? placement.id : undefined;
    const table = network.routeTables.find((one) => (id ? one.subnets.includes(id) : placement.of === "builder" && one.id === placement.routeTable));
    expect(table?.defaultRoute).toBe(kind === "ha" ? "nat-gateway" : "internet-gateway");
    if (placement.of === "nodes") return;
    const others = network.subnets.map(({ cidr }) => cidr);
    expect(covers(network.vpc.cidr, placement.subnet.cidr)).toBe(true);
    expect(others.filter((cidr) => covers(cidr, placement.subnet.cidr) || covers(placement.subnet.cidr, cidr))).toEqual([]);
  });
});

test("the builder is let into private ways where there are any", () => {
  const { zones } = haSettings().network;
  expect(haTopology("demo", { network: { zones, interfaceEndpoints: true } }).image.builder.admittedBy).toEqual(["endpoints"]);
  expect(haTopology().image.builder.admittedBy).toEqual([]);
});

test("the end of a build is heard: the rule knows images by the recipe's name", () => {
  const { recipe } = haTopology().image;
  const pattern = JSON.stringify(imageState.pattern(names("demo"), haSettings(), "demo"));
  expect(pattern).toContain(`:image/${recipe.name}/`);
});
