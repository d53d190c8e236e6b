import "../world-setup.ts";
import { STAGE } from "@steward/cli/simulation/stage";
import type { PolicyDocument } from "@steward/core/topology/policy";
import { describe, expect, test } from "vitest";
import { NOTHING_UNEXPECTED, unexpected } from "../stories/rights-expected.ts";
import { type RolePolicies, tellRightsStory } from "../stories/rights-story.ts";
import { keyArns, STAGES, topology } from "./examples.ts";
import { graphOf } from "./graph/stages.ts";
import { policiesOf } from "./policies.ts";

/** Policies of the roles that a deploy would create, as the story's stage would have them: its name in them, and a placeholder for each key's ARN. */
function deployedPolicies(stage: (typeof STAGES)[number]): RolePolicies {
  const ofRoles = Object.entries(policiesOf(graphOf(stage))).flatMap(([name, policy]) => (name.startsWith("role ") ? [[name.slice(5), policy]] : []));
  const text = Object.entries(keyArns(topology(stage))).reduce(
    (document, [placeholder, arn]) => document.replaceAll(arn, `{${placeholder}}`),
    JSON.stringify(Object.fromEntries(ofRoles)),
  );
  return JSON.parse(renamed(text, stage)) as RolePolicies;
}

/** A stage's name stands after `steward-` (in a bucket's name after the account), in paths, and as the value of the stage's tag, and of a drill's. */
const renamed = (text: string, stage: string): string =>
  text
    .replaceAll(new RegExp(`\\bsteward(-\\d{12})?([-/_])${stage}\\b`, "g"), `steward$1$2${STAGE}`)
    .replaceAll(new RegExp(`("[^"]*steward:(?:stage|drill)":)"${stage}"`, "g"), `$1"${STAGE}"`);

describe.each(STAGES)("with the policies that a deploy of %s would create", (stage) => {
  const policies = () => deployedPolicies(stage);

  test("nothing of the stage's own name is left in them, and each role has statements", () => {
    expect(JSON.stringify(policies()).match(new RegExp(`[^"]*\\b${stage}\\b[^"]*`, "g"))).toBeNull();
    for (const { Statement } of Object.values<PolicyDocument>(policies())) expect(Statement.length).toBeGreaterThan(2);
  });

  test("the rights story needs every right, and none is missing", async () => {
    expect(unexpected(stage, await tellRightsStory(stage, policies()))).toEqual(NOTHING_UNEXPECTED);
  }, 300_000);
});
