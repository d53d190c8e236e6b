import { createBus } from "@steward/aws/bus";
import { createDeadLetter, queueUrl } from "@steward/aws/dead-letter";
import { createRuns } from "@steward/aws/runs";
import { createTopic } from "@steward/aws/topic";
import { Permanent, Retryable } from "@steward/core/errors";
import type { Incident } from "@steward/core/incidents/incident";
import { describe, expect, test } from "vitest";
import { anIncident } from "./ledger-contract.ts";
import { refuse, stubAws } from "./stub-aws.ts";

const incident: Incident = anIncident();

describe("the bus", () => {
  test.each([
    ["opened", "Incident Opened"],
    ["paged", "Incident Paged"],
    ["resolved", "Incident Resolved"],
  ] as const)("says that an incident is %s", async (kind, detailType) => {
    const { clients, inputs } = stubAws({ PutEvents: () => ({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] }) });
    await createBus(clients.eventBridge, "steward-demo").announce({ kind, incident });
    const [{ Entries }] = inputs("PutEvents") as [{ Entries: [Record<string, string>] }];
    expect(Entries[0]).toMatchObject({ EventBusName: "steward-demo", Source: "steward", DetailType: detailType });
    expect(JSON.parse(Entries[0].Detail ?? "")).toEqual({ kind, incident: JSON.parse(JSON.stringify(incident)) });
  });

  test("that refuses an entry in a successful answer is Retryable", async () => {
    const { clients } = stubAws({ PutEvents: () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "try again" }] }) });
    await expect(createBus(clients.eventBridge, "steward-demo").announce({ kind: "opened", incident })).rejects.toBeInstanceOf(Retryable);
  });
});

describe("the topic", () => {
  const subjectOf = async (subject: string) => {
    const { clients, inputs } = stubAws({ Publish: () => ({ MessageId: "1" }) });
    await createTopic(clients.sns, "arn:aws:sns:eu-central-1:123456789012:steward-demo-people").publish(subject, "body – as it is\n");
    expect(inputs("Publish")[0]).toMatchObject({ TopicArn: "arn:aws:sns:eu-central-1:123456789012:steward-demo-people", Message: "body – as it is\n" });
    return String(inputs("Publish")[0]?.Subject);
  };

  test("gets a subject as it is when it fits", async () => {
    expect(await subjectOf("demo: one node is sick")).toBe("demo: one node is sick");
  });

  test("gets no line break and nothing but ASCII", async () => {
    expect(await subjectOf("demo: node\r\n sick – höher")).toBe("demo: node sick ? h?her");
  });

  test("gets at most 100 characters", async () => {
    const subject = await subjectOf("x".repeat(300));
    expect(subject).toHaveLength(100);
    expect(subject.endsWith("...")).toBe(true);
  });
});

test("a dead letter holds the reason and the event", async () => {
  const { clients, inputs } = stubAws({ SendMessage: () => ({ MessageId: "1" }) });
  const url = queueUrl("steward-demo-dead-letter", { account: "123456789012", region: "eu-central-1" });
  await createDeadLetter(clients.sqs, url).keep({ because: "no such trigger", event: { a: 1 } });
  expect(inputs("SendMessage")[0]).toMatchObject({ QueueUrl: "https://sqs.eu-central-1.amazonaws.com/123456789012/steward-demo-dead-letter" });
  expect(JSON.parse(String(inputs("SendMessage")[0]?.MessageBody))).toEqual({ because: "no such trigger", event: { a: 1 } });
});

describe("runs", () => {
  const ARN = "arn:aws:lambda:eu-central-1:123456789012:function:steward-demo-remediate:live";
  const runs = (answers: Parameters<typeof stubAws>[0]) => {
    const aws = stubAws(answers);
    return { ...aws, runs: createRuns(aws.clients.lambda, ARN) };
  };

  test("start asynchronously through the qualified ARN, under their own name", async () => {
    const { runs: started, inputs } = runs({ Invoke: () => ({ StatusCode: 202, DurableExecutionArn: `${ARN}/durable-execution/a/b` }) });
    expect(await started.start("demo-incident-1", { name: "demo-incident-1" })).toBe(`${ARN}/durable-execution/a/b`);
    expect(inputs("Invoke")[0]).toMatchObject({ FunctionName: ARN, InvocationType: "Event", DurableExecutionName: "demo-incident-1" });
    expect(Buffer.from(inputs("Invoke")[0]?.Payload as Uint8Array).toString()).toBe('{"name":"demo-incident-1"}');
  });

  test("that were started before under that name are fine", async () => {
    const { runs: started } = runs({ Invoke: refuse("DurableExecutionAlreadyStartedException", "already", 409) });
    expect(await started.start("demo-incident-1", {})).toBeNull();
  });

  test("that may not be started fail", async () => {
    const { runs: started } = runs({ Invoke: refuse("AccessDeniedException", "no", 403) });
    await expect(started.start("demo-incident-1", {})).rejects.toBeInstanceOf(Permanent);
  });

  test.each([
    ["RUNNING", "running"],
    ["SUCCEEDED", "ended"],
    ["FAILED", "ended"],
    ["TIMED_OUT", "ended"],
    ["STOPPED", "ended"],
  ])("that are %s have the status %s", async (Status, status) => {
    const { runs: started } = runs({ GetDurableExecution: () => ({ Status }) });
    expect(await started.status("arn")).toBe(status);
  });

  test("that AWS does not know are unknown, and only those", async () => {
    expect(await runs({ GetDurableExecution: refuse("ResourceNotFoundException", "no such", 404) }).runs.status("arn")).toBe("unknown");
    await expect(runs({ GetDurableExecution: refuse("TooManyRequestsException", "slow", 429) }).runs.status("arn")).rejects.toBeInstanceOf(Retryable);
  });
});
