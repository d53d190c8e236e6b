import type { PolicyDocument, PolicyStatement } from "@steward/core/topology/policy";
import { TOPOLOGIES } from "@steward/core/topology/topology";
import { describe, expect, test } from "vitest";
import { haTopology } from "../settings.ts";
import { NOTHING_UNEXPECTED, unexpected } from "./rights-expected.ts";
import { EVERY_OPTION, tellRightsStory } from "./rights-story.ts";

describe.each(TOPOLOGIES)("in %s", (topology) => {
  test("every right that a role has is needed by some story, and none is missing", async () => {
    expect(unexpected(topology, await tellRightsStory(topology, {}, EVERY_OPTION))).toEqual(NOTHING_UNEXPECTED);
  }, 600_000);
});

test("policies of a role that nobody has are no proof of anything", async () => {
  const policy: PolicyDocument = { Version: "2012-10-17", Statement: [] };
  await expect(tellRightsStory("ha", { "steward-demo-nobody": policy })).rejects.toThrow("nobody in the account has the role steward-demo-nobody");
});

test("other policies can be put in place of the topology's: a right they lack is refused, one too many is never used", async () => {
  const own = haTopology().functions.find(({ handler }) => handler === "alert")?.role.policy.Statement ?? [];
  const Statement: PolicyStatement[] = [
    ...own.filter(({ Action }) => !Action.includes("dynamodb:UpdateItem") && !Action.includes("kms:Decrypt")),
    { Sid: "TooMuch", Effect: "Allow", Action: ["ec2:TerminateInstances"], Resource: ["*"] },
  ];
  const { unused, refused } = await tellRightsStory("ha", { "steward-demo-alert": { Version: "2012-10-17", Statement } });
  expect(refused.some((line) => /^dynamodb:\w+ by .*steward-demo-alert/.test(line))).toBe(true);
  expect(unused["steward-demo-alert"]).toContain("statement TooMuch is never used: ec2:TerminateInstances on *");
}, 300_000);
