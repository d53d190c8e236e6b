import { whatStays } from "@steward/core/topology/removal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { STAGES, topology } from "./examples.ts";
import { evaluate } from "./graph/evaluate.ts";
import type { Graph, Resource } from "./graph/graph.ts";
import { graphOf } from "./graph/stages.ts";
import { isHelper } from "./identity.ts";

/** What may neither be deleted nor replaced by a deploy. */
const PROTECTED = [/^aws:s3\/bucket(Object)?/, /^aws:kms\//, /^aws:secretsmanager\//, /^aws:rds\/instance:/, /^aws:dynamodb\/table:/, /^aws:ec2\/eip:/];
const STAYS = [
  /^aws:ec2\/(vpc|subnet|internetGateway|routeTable|securityGroup):/,
  /^aws:rds\/(subnetGroup|parameterGroup):/,
  /^aws:cloudwatch\/logGroup:/,
  /^aws:s3\/bucketObjectv2:/,
];

/** The address of the NAT gateway is nobody's address but its own; documents are replaced by others, never protected. */
const isProtected = ({ type, name }: Resource) => PROTECTED.some((kind) => kind.test(type)) && name !== "NatAddress" && !type.includes("bucketObject");
const stays = (resource: Resource) => isProtected(resource) || STAYS.some((kind) => kind.test(resource.type));
const things = ({ resources }: Graph) => resources.filter((resource) => !resource.component && !isHelper(resource));

describe.each(STAGES)("the stage %s", (stage) => {
  test("keeps on removal what cannot be made again, and nothing else", () => {
    const kept = things(graphOf(stage)).filter(({ options }) => options.retainOnDelete);
    expect(kept.map(({ type, name }) => `${type} ${name}`)).toEqual(
      things(graphOf(stage))
        .filter(stays)
        .map(({ type, name }) => `${type} ${name}`),
    );
  });

  test("refuses a deploy that would delete or replace the irreplaceable", () => {
    const guarded = things(graphOf(stage)).filter(({ options }) => options.protect);
    expect(guarded.map(({ type, name }) => `${type} ${name}`)).toEqual(
      things(graphOf(stage))
        .filter(isProtected)
        .map(({ type, name }) => `${type} ${name}`),
    );
  });

  test("cannot be removed", () => {
    expect(graphOf(stage).app).toMatchObject({ protect: true, removal: "retain" });
    expect(graphOf(stage).outputs._protect).toBe(true);
  });

  test("says what would stay", () => {
    expect(graphOf(stage).outputs.staysWhenRemoved).toEqual(whatStays(topology(stage)));
  });
});

describe("a stage whose removal is allowed", () => {
  let graph: Graph;
  beforeAll(async () => {
    process.env.STEWARD_ALLOW_REMOVE = "ha";
    graph = await evaluate({ stage: "ha", config: "test/stacks/example.config.ts" });
  });
  afterAll(() => {
    delete process.env.STEWARD_ALLOW_REMOVE;
  });

  test("lets go of what protects it", () => {
    expect(graph.app).toMatchObject({ protect: false, removal: "retain" });
    expect(graph.resources.filter(({ options }) => options.protect)).toEqual([]);
    expect(graph.resources.find(({ type }) => type === "aws:lb/loadBalancer:LoadBalancer")?.inputs.enableDeletionProtection).toBe(false);
  });

  test("still keeps all that stays, the database under AWS's own protection", () => {
    expect(things(graph).filter(({ options }) => options.retainOnDelete).length).toBe(things(graph).filter(stays).length);
    expect(graph.resources.find(({ type }) => type === "aws:rds/instance:Instance")?.inputs).toMatchObject({
      deletionProtection: true,
      skipFinalSnapshot: false,
    });
    expect(graph.resources.find(({ type }) => type === "aws:dynamodb/table:Table")?.inputs.deletionProtectionEnabled).toBe(true);
  });
});
