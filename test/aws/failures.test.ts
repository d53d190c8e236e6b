import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { calling, sortFailure } from "@steward/aws/failures";
import { Permanent, Retryable } from "@steward/core/errors";
import { describe, expect, test } from "vitest";
import { awsError } from "./stub-aws.ts";

describe("sorting failures", () => {
  const cancelled = (...codes: string[]) =>
    new TransactionCanceledException({ message: "cancelled", $metadata: { httpStatusCode: 400 }, CancellationReasons: codes.map((Code) => ({ Code })) });

  test.each([
    ["throttling by an XML service", awsError("Throttling", "Rate exceeded")],
    ["throttling by EC2", awsError("RequestLimitExceeded", "Request limit exceeded.", 503)],
    ["throttling by a JSON service", awsError("ThrottlingException", "Rate exceeded")],
    ["contention in Auto Scaling", awsError("ResourceContentionFault", "pending update", 500)],
    ["a scaling activity in progress", awsError("ScalingActivityInProgressFault", "in progress")],
    ["an unnamed 502", awsError("Unknown", "Bad gateway", 502)],
    ["a time-out of the SDK", Object.assign(new Error("timed out"), { name: "TimeoutError" })],
    ["a broken connection", Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })],
    ["what the SDK itself calls retryable", Object.assign(new Error("again"), { $retryable: {} })],
    ["a transaction that met another", cancelled("None", "TransactionConflict")],
  ])("calls %s Retryable", (_what, error) => {
    expect(sortFailure("x", error)).toBeInstanceOf(Retryable);
  });

  test.each([
    ["a missing right", awsError("AccessDenied", "User is not authorized", 403)],
    ["a wrong argument", awsError("ValidationError", "Group name not found")],
    ["a bug of ours", new TypeError("undefined is not a function")],
    ["a transaction with a wrong item", cancelled("ValidationError", "None")],
    ["something that is no error at all", "oops"],
  ])("calls %s Permanent", (_what, error) => {
    expect(sortFailure("x", error)).toBeInstanceOf(Permanent);
  });

  test("keeps the original as the cause and says what was tried", async () => {
    const original = awsError("AccessDenied", "User is not authorized", 403);
    const failure = await calling("describe alarms", () => Promise.reject(original)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: "describe alarms: AccessDenied: User is not authorized", cause: original });
  });

  test("does not sort twice", () => {
    const inner = new Retryable("busy");
    expect(sortFailure("outer", inner)).toBe(inner);
  });
});
