import { allow, policy } from "@steward/core/topology/policy";
import { filledIn, INLINE_CHARACTERS, MANAGED_CHARACTERS, policyParts } from "@steward/core/topology/policy-parts";
import { expect, test } from "vitest";

const some = (count: number, resource = "arn:aws:ec2:us-east-1:123456789012:volume/*") =>
  policy(...Array.from({ length: count }, (_, index) => allow(["ec2:DeleteVolume"], [resource], { StringEquals: { "aws:ResourceTag/n": String(index) } })));

test("a policy that IAM takes inline is inline alone", () => {
  expect(policyParts(some(40))).toEqual({ inline: some(40), managed: [] });
  expect(policyParts(policy())).toEqual({ inline: policy(), managed: [] });
});

test("what is too much goes into managed policies, each as full as IAM takes it, and nothing is lost or told twice", () => {
  const { inline, managed } = policyParts(some(150));
  expect([inline, ...managed].flatMap(({ Statement }) => Statement)).toEqual(some(150).Statement);
  expect([filledIn(inline).length <= INLINE_CHARACTERS, managed.length]).toEqual([true, 3]);
  for (const part of managed) expect(filledIn(part).length).toBeLessThanOrEqual(MANAGED_CHARACTERS);
});

test("a key counts as long as its ARN will be", () => {
  const inline = policyParts(some(100, "{key:data}")).inline.Statement.length;
  expect(inline).toBe(policyParts(some(100, "x".repeat(80))).inline.Statement.length);
  expect(filledIn(some(1, "{key:data}")).length - JSON.stringify(some(1, "{key:data}")).length).toBe(80 - "{key:data}".length);
});
