import { readdirSync, readFileSync } from "node:fs";
import { names } from "@steward/core/topology/names";
import { EVENT_TRIGGERS } from "@steward/core/triggers/registry";
import { matches } from "@steward/simulator/services/events/pattern";
import { describe, expect, test } from "vitest";
import { inputsOf, STAGES, topology } from "./examples.ts";
import { graphOf } from "./graph/stages.ts";

const DIR = new URL("../../events/", import.meta.url);
const SAMPLES = readdirSync(DIR).filter((file) => file.endsWith(".json"));

/** Rules of one bus: EventBridge allows 300 in most regions, 100 in some, for everything that an account does (EventBridge user guide, "Quotas"). */
const RULE_BUDGET = 25;

/** A sample as the stage would see it: all of them are of a stage `demo`. */
function sample(file: string, stage: string): Record<string, unknown> {
  const text = readFileSync(new URL(file, DIR), "utf8");
  return JSON.parse(text.replaceAll(/(steward-(?:\d+-)?|\/steward\/)demo\b/g, `$1${stage}`));
}

describe.each(STAGES)("in the stage %s", (stage) => {
  const n = names(stage);
  const account = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;
  const rules = () => inputsOf(graphOf(stage), "aws:cloudwatch/eventRule:EventRule");
  const targets = () => inputsOf(graphOf(stage), "aws:cloudwatch/eventTarget:EventTarget");
  const matched = (event: unknown, bus: string) =>
    rules()
      .filter(({ eventPattern, eventBusName = "default" }) => eventPattern && eventBusName === bus && matches(JSON.parse(String(eventPattern)), event))
      .map(({ name }) => name);

  test.each(SAMPLES)("%s is matched by exactly the rule that is meant for it", (file) => {
    const event = sample(file, stage);
    const meant = EVENT_TRIGGERS.filter(({ topologies, schema }) => topologies.includes(stage) && schema.safeParse(event).success);
    const own = file.startsWith("others-") ? [] : meant.map(({ id }) => n.rule(id));
    expect(matched(event, "default")).toEqual(own);
    expect(matched(event, n.bus)).toEqual([]);
  });

  test("samples reach every rule for AWS's events", () => {
    const reached = new Set(SAMPLES.flatMap((file) => matched(sample(file, stage), "default")));
    const meant = rules().filter(({ eventPattern, eventBusName }) => eventPattern && !eventBusName);
    expect([...reached].sort()).toEqual(meant.map(({ name }) => name).sort());
  });

  test("what Steward says of an incident reaches people by its own bus, and nothing else does", () => {
    const said = (type: string) => ({ version: "0", source: "steward", "detail-type": type, detail: {} });
    expect(matched(said("Incident opened"), n.bus)).toEqual([n.rule("incident")]);
    expect(matched(said("Run finished"), n.bus)).toEqual([]);
    expect(matched(said("Incident opened"), "default")).toEqual([]);
  });

  test("each schedule comes every 5 minutes", () => {
    expect(rules().flatMap(({ scheduleExpression }) => scheduleExpression ?? [])).toEqual(topology(stage).schedules.map(() => "rate(5 minutes)"));
  });

  test("the rules leave room for other users of the bus", () => {
    expect(rules().filter(({ eventBusName }) => !eventBusName).length).toBeLessThanOrEqual(RULE_BUDGET);
  });

  test("every target is tried as often as the topology says, then kept in the dead-letter queue", () => {
    const { rules: meant, schedules, functions } = topology(stage);
    const deliveries = [...meant, ...schedules.map((schedule) => ({ ...schedule, bus: "default" }))].map((spec) => ({
      rule: spec.name,
      eventBusName: spec.bus,
      targetId: spec.target,
      arn: account("lambda", `function:${functions.find(({ handler }) => handler === spec.target)?.name}`),
      deadLetterConfig: { arn: account("sqs", spec.deadLetter) },
      retryPolicy: { maximumRetryAttempts: spec.retries, maximumEventAgeInSeconds: spec.maxAgeSeconds },
    }));
    expect(targets()).toEqual(deliveries.sort((a, b) => (a.rule < b.rule ? -1 : 1)));
  });

  test("every rule has one target, and the permission that lets it invoke it", () => {
    const permissions = inputsOf(graphOf(stage), "aws:lambda/permission:Permission");
    for (const { name, eventBusName } of rules()) {
      const [target, ...others] = targets().filter(({ rule }) => rule === name);
      expect(others).toEqual([]);
      const sourceArn = account("events", `rule/${eventBusName ? `${eventBusName}/` : ""}${name}`);
      expect(permissions).toContainEqual(
        expect.objectContaining({ action: "lambda:InvokeFunction", sourceArn, function: String(target?.arn).split(":").at(6) }),
      );
    }
  });
});
