import { defaultPolicy, policyOf } from "@steward/core/fleet/policy";
import { expect, test } from "vitest";

test("the pair wants two nodes, the single server one, and they agree in everything else", () => {
  expect(policyOf("ha")).toEqual(defaultPolicy);
  expect(policyOf("single")).toEqual({ ...defaultPolicy, topology: "single", capacity: 1 });
});
