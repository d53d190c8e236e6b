import { RunOrder, type RunSubject, runName, subjectKey } from "@steward/core/apply/order";
import { describe, expect, test } from "vitest";
import { FIRST } from "../builders.ts";

const subjects: [RunSubject, string][] = [
  [{ kind: "incident", id: "20260504T025900-node-sick-aaaa1", of: "node-sick", resource: FIRST }, "incident-20260504T025900-node-sick-aaaa1"],
  [{ kind: "admission", instanceId: FIRST, hook: "steward-demo-admit" }, `admission-${FIRST}`],
  [{ kind: "retirement", instanceId: FIRST, hook: "steward-demo-retire" }, `retirement-${FIRST}`],
  [{ kind: "first-deploy" }, "first-deploy"],
  [
    { kind: "duty", id: "take-20260504t0300", runbook: "take-snapshots", input: { slot: "2026-05-04T03:00:00.000Z" }, because: "due" },
    "duty-take-20260504t0300",
  ],
  [{ kind: "request", id: "42", runbook: "restart-service", input: { instanceId: FIRST }, because: "asked for" }, "request-42"],
];

describe("a run", () => {
  test.each(subjects)("for %o is named by stage, subject and its place among them", (subject, key) => {
    expect(subjectKey(subject)).toBe(key);
    expect(runName("demo", subject, 0)).toBe(`demo-${key}-1`);
    expect(runName("demo", subject, 2)).toBe(`demo-${key}-3`);
  });

  /** Durable execution names: 1 to 64 letters, digits, hyphens and underscores (Lambda API reference, `DurableExecutionName`). */
  test.each(subjects)("for %o has a name that Lambda accepts", (subject) => {
    expect(runName("demo", subject, 98)).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  test.each(subjects)("for %o is ordered by a payload that reads back as itself", (subject) => {
    const order = { name: runName("demo", subject, 0), subject };
    expect(RunOrder.parse(JSON.parse(JSON.stringify(order)))).toEqual(order);
  });

  test("is never for an instance that is none", () => {
    expect(RunOrder.safeParse({ name: "x", subject: { kind: "retirement", instanceId: "$(reboot)", hook: "h" } }).success).toBe(false);
  });
});
