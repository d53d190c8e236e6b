import { beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "./graph/evaluate.ts";
import type { Graph } from "./graph/graph.ts";
import { graphOf, resource, revealed } from "./graph/stages.ts";

const skeleton = () => evaluate({ stage: "skeleton", program: "test/stacks/programs/skeleton.config.ts" });

describe("the graph of a program", () => {
  let graph: Graph;
  let again: Graph;
  beforeAll(async () => {
    [graph, again] = await Promise.all([skeleton(), skeleton()]);
  });

  test("is the same whenever it is evaluated", () => {
    expect(again).toEqual(graph);
  });

  test("has every resource of SST's components beside the program's own", () => {
    expect(graph.resources.filter(({ component }) => !component).map(({ type, name, parent }) => [type, name, parent].filter(Boolean).join(" "))).toEqual([
      "aws:autoscaling/group:Group Nodes",
      "aws:cloudwatch/logGroup:LogGroup ObserveLogGroup Observe",
      "aws:cloudwatch/logGroup:LogGroup RemediateHandlerLogGroup RemediateHandler",
      "aws:ec2/launchTemplate:LaunchTemplate Node",
      "aws:iam/role:Role ObserveRole Observe",
      "aws:iam/role:Role RemediateHandlerRole RemediateHandler",
      "aws:lambda/function:Function ObserveFunction Observe",
      "aws:lambda/function:Function RemediateHandlerFunction RemediateHandler",
      "aws:s3/bucketObjectv2:BucketObjectv2 ObserveCode Observe",
      "aws:s3/bucketObjectv2:BucketObjectv2 RemediateHandlerCode RemediateHandler",
      "aws:sns/topic:Topic People",
      "random:index/randomBytes:RandomBytes LambdaEncryptionKey",
    ]);
  });

  test("shows which properties a deploy leaves alone, and what it may not delete", () => {
    expect(resource(graph, "aws:autoscaling/group:Group").options).toEqual({ ignoreChanges: ["desiredCapacity"], protect: true, retainOnDelete: true });
  });

  test("has policies with the names that resources have on AWS", () => {
    const { inputs } = resource(graph, "aws:iam/role:Role", "ObserveRole");
    const [{ policy }] = inputs.inlinePolicies as [{ policy: string }];
    expect(JSON.parse(policy).Statement).toEqual([
      { Effect: "Allow", Action: "sns:Publish", Resource: "arn:aws:sns:us-east-1:123456789012:steward-skeleton-people" },
    ]);
  });

  test("resolves what one resource needs of another", () => {
    expect(resource(graph, "aws:autoscaling/group:Group").inputs.launchTemplate).toEqual({ id: expect.stringMatching(/^lt-0[0-9a-f]{16}$/), version: "1" });
    expect(graph.outputs).toMatchObject({ observe: "arn:aws:lambda:us-east-1:123456789012:function:steward-skeleton-observe", remediate: "1" });
  });

  test("marks secrets, and opens them for a comparison", () => {
    const { environment } = resource(graph, "aws:lambda/function:Function", "ObserveFunction").inputs;
    expect(environment).toEqual({ variables: { $secret: expect.objectContaining({ SST_KEY_FILE: "resource.enc" }) } });
    expect(revealed(environment)).toEqual({ variables: expect.objectContaining({ SST_KEY_FILE: "resource.enc" }) });
  });
});

describe("a program that goes wrong", () => {
  test.concurrent.for([
    ["throws", ["no such topology", "faulty.config.ts:"]],
    [
      "rejects",
      [
        "Error: too late",
        "the program calls aws:ec2/getVpc:getVpc, which the mock does not answer",
        "src/function.handler has no bundle",
        "test/stacks/programs/index.mjs is not there: npm run build makes it",
      ],
    ],
    [
      "inputs",
      [
        "Output.displayName needs aws:guardduty/detector:Detector Detector.arn, which the mock does not compute",
        "Id.displayName needs aws:guardduty/detector:Detector Detector.id, which the mock does not compute",
        "InJson.policy needs aws:guardduty/detector:Detector Detector.arn, which the mock does not compute",
        "AsText.displayName is an output that was made text",
        "Undefined.displayName has an undefined value in its text",
        "aws:sns/topic:Topic Never was made, but one of its inputs never resolves",
        "aws:sns/topic:Topic Twice is there twice",
      ],
    ],
    ["never-ends", ["the program never ends"]],
    ["elsewhere", ["the program wants eu-central-1"]],
  ] as const)("fails its evaluation in words: %s", async ([stage, words], { expect: expected }) => {
    const refusal = await evaluate({ stage, program: "test/stacks/programs/faulty.config.ts" }).then(() => "", String);
    for (const said of words) expected(refusal).toContain(said);
  });
});

test("the real program evaluates for the example stages", () => {
  expect([graphOf("single").stage, graphOf("ha").stage]).toEqual(["single", "ha"]);
});

test("a stage that the config does not have is refused by name", async () => {
  await expect(evaluate({ stage: "staging", config: "test/stacks/example.config.ts" })).rejects.toThrow(/staging.*single, ha/);
});
