import { playOf } from "@steward/cli/scenarios/registry";
import { SCENARIO_IDS, type ScenarioId, startsEmpty, topologiesOf } from "@steward/cli/scenarios/summaries";
import { Stage } from "@steward/cli/simulation/stage";
import type { PolicyStatement } from "@steward/core/topology/policy";
import type { TopologyKind } from "@steward/core/topology/topology";
import { rightProblems } from "@steward/simulator/iam/validate";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { disagreements, judged, type Question, questionsOf } from "./second-opinion.ts";

const played = SCENARIO_IDS.flatMap((scenario) => topologiesOf(scenario).map((topology) => ({ scenario, topology })));

async function decisionsOf({ scenario, topology }: { scenario: ScenarioId; topology: TopologyKind }) {
  const stage = await Stage.open(1, { topology, empty: startsEmpty(scenario) });
  await playOf(scenario, topology)(stage);
  return stage.world.rights.decisions;
}

describe.each(played)("scenario $scenario in $topology", (told) => {
  test("asks only for rights that AWS knows, and is judged alike by another evaluator, decision for decision", async () => {
    const decisions = await decisionsOf(told);
    expect(decisions.flatMap(({ right }) => rightProblems(right))).toEqual([]);
    const questions = questionsOf(decisions);
    expect(questions.length).toBeGreaterThan(50);
    expect(await disagreements(questions)).toEqual([]);
  });
});

test("refusals are judged alike too: our own policies and calls, changed at random", async () => {
  const questions = questionsOf(await decisionsOf({ scenario: "main", topology: "ha" })).filter(({ principal }) => principal.includes(":assumed-role/"));
  const changed = fc
    .tuple(fc.constantFrom(...questions), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([question, changes]) => all(changes)(question));
  const verdicts = { allowed: 0, denied: 0 };
  await fc.assert(
    fc.asyncProperty(changed, async (question) => {
      verdicts[judged(question) ? "allowed" : "denied"] += 1;
      expect(await disagreements([question])).toEqual([]);
    }),
    { numRuns: 2_000, seed: 21 },
  );
  expect(Math.min(verdicts.allowed, verdicts.denied)).toBeGreaterThan(200);
}, 120_000);

type Change = (question: Question) => Question;
const all =
  (changes: Change[]): Change =>
  (question) =>
    changes.reduce((before, one) => one(before), question);

/** Changes one statement that speaks of what is asked, so that most changes matter. */
const toStatement = (words: (statement: PolicyStatement) => PolicyStatement[]): fc.Arbitrary<Change> =>
  fc.nat(50).map((pick) => (question) => {
    const { Statement } = question.policy;
    const about = Statement.flatMap((statement, index) => (statement.Action.includes(question.right.action) ? [index] : []));
    const at = about[pick % Math.max(about.length, 1)] ?? pick % Math.max(Statement.length, 1);
    return { ...question, policy: { ...question.policy, Statement: Statement.flatMap((statement, index) => (index === at ? words(statement) : [statement])) } };
  });

const values = (context: Record<string, string | string[]>, words: (value: string) => string) =>
  Object.fromEntries(Object.entries(context).map(([key, value]) => [key, Array.isArray(value) ? value.map(words) : words(value)]));

const change: fc.Arbitrary<Change> = fc.oneof(
  toStatement(() => []),
  toStatement((statement) => [statement, { ...statement, Effect: "Deny" }]),
  toStatement((statement) => [{ ...statement, Effect: "Deny" }]),
  toStatement((statement) => [{ ...statement, Resource: ["*"] }]),
  toStatement((statement) => [{ ...statement, Resource: statement.Resource.map((resource) => (resource === "*" ? "*" : `${resource}-other`)) }]),
  toStatement((statement) => [{ ...statement, Resource: statement.Resource.map((resource) => resource.replace("us-east-1", "eu-west-1")) }]),
  toStatement((statement) => [{ ...statement, Action: statement.Action.slice(1) }].filter(({ Action }) => Action.length > 0)),
  toStatement(({ Condition: _, ...statement }) => [statement]),
  toStatement((statement) => [{ ...statement, Condition: { ...statement.Condition, StringLike: { "aws:ResourceTag/steward:stage": "dem?" } } }]),
  toStatement((statement) => [{ ...statement, Condition: { ...statement.Condition, Null: { "aws:ResourceTag/steward:stage": "true" } } }]),
  fc.constant<Change>(({ right: { context: _, ...right }, ...question }) => ({ ...question, right })),
  fc.constant<Change>(({ right, ...question }) => ({ ...question, right: { ...right, context: values(right.context ?? {}, (value) => `${value}x`) } })),
);
