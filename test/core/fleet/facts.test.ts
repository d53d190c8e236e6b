import { toJson } from "@steward/core/apply/errand";
import { InvalidEvent, Permanent, Retryable } from "@steward/core/errors";
import { FleetFacts } from "@steward/core/fleet/facts";
import { InstanceId } from "@steward/core/fleet/instance-id";
import { CommandEnvelope, DesiredState, ProbeReport } from "@steward/core/fleet/probe";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fleets } from "../arbitrary-fleet.ts";
import { attempt, desired, healthyFleet, incident, lease, NOW, report, runRecord } from "../builders.ts";

describe("facts", () => {
  test("survive a checkpoint, times included", () => {
    const facts = healthyFleet({ incidents: [incident()], attempts: [attempt()], leases: [lease()], runs: [runRecord()] });
    expect(FleetFacts.parse(toJson(facts))).toEqual(facts);
  });

  test("of any fleet survive a checkpoint", () => {
    const survives = fc.property(fleets, (facts) => {
      expect(FleetFacts.parse(toJson(facts))).toEqual(facts);
    });
    fc.assert(survives, { numRuns: 50 });
  });

  test.each(["i-0123456789abcdef0", "i-01234567"])("take %s for an instance", (id) => {
    expect(InstanceId.safeParse(id).success).toBe(true);
  });

  test.each(["i-", "i-012345", "mi-0123456789abcdef0", "i-0123456789ABCDEF0", "i-0123456789abcdef0; reboot", "i-0123456789abcdef01"])(
    "do not take %s for an instance",
    (id) => {
      expect(InstanceId.safeParse(id).error?.issues[0]?.message).toBe("an EC2 instance id, like i-0123456789abcdef0");
    },
  );
});

describe("a report", () => {
  test("is read to its end marker", () => {
    expect(ProbeReport.parse(toJson(report()))).toEqual(report());
  });

  test("without its end marker was cut off and is no report", () => {
    const { end: _end, ...cut } = report();
    expect(ProbeReport.safeParse(cut).success).toBe(false);
  });
});

test.each([
  { ...desired, revision: 0 },
  { ...desired, desired: 2 },
  { ...desired, keyFingerprint: undefined },
])("a desired state like %o is not accepted", (state) => {
  expect(DesiredState.safeParse(state).success).toBe(false);
});

test.each([{ key: "" }, { key: "x".repeat(201) }, { epoch: -1 }, { notAfter: "soon" }])("a command with %o is not accepted", (but) => {
  const envelope = { key: "run/1", epoch: 3, notAfter: NOW.toISOString() };
  expect(CommandEnvelope.parse(envelope)).toEqual({ ...envelope, notAfter: NOW });
  expect(CommandEnvelope.safeParse({ ...envelope, ...but }).success).toBe(false);
});

test.each([
  [InvalidEvent, "InvalidEvent"],
  [Retryable, "Retryable"],
  [Permanent, "Permanent"],
])("%o carries its name and its cause", (Kind, name) => {
  const cause = new Error("below");
  expect(new Kind("above", { cause })).toMatchObject({ name, message: "above", cause });
});
