import { NODE_VERBS } from "@steward/core/fleet/probe";
import { nodeDocument } from "@steward/core/topology/document";
import { describe, expect, test } from "vitest";

describe("the command document", () => {
  const { verb, payload, executionTimeout } = nodeDocument.parameters;

  test("takes the node's verbs and no other", () => {
    expect(verb.allowedValues).toEqual([...NODE_VERBS]);
  });

  test.each(["", "a b", "$(reboot)", "x;reboot", "`id`", "a\nb", "a=", "x".repeat(8001)])("takes no payload like %j", (text) => {
    expect(new RegExp(payload.allowedPattern).test(text)).toBe(false);
  });

  test("takes a command envelope in base64url", () => {
    const envelope = Buffer.from(JSON.stringify({ key: "demo-run-1/round 1.1", epoch: 3, notAfter: "2026-05-04T03:00:00.000Z" })).toString("base64url");
    expect(envelope).toMatch(new RegExp(payload.allowedPattern));
    expect(executionTimeout.default).toMatch(new RegExp(executionTimeout.allowedPattern));
  });
});
