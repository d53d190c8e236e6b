import { describe, expect, test } from "vitest";
import { inputsOf, STAGES, topology } from "./examples.ts";
import { graphOf } from "./graph/stages.ts";
import { policiesMeant, policiesOf } from "./policies.ts";

interface Statement {
  Effect: string;
  Action: string[];
  Resource: string[];
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}
const statements = (document: unknown): Statement[] => (document as { Statement: Statement[] }).Statement;

describe.each(STAGES)("in the stage %s", (stage) => {
  const policies = () => policiesOf(graphOf(stage));
  const on = (kind: string) => Object.entries(policies()).filter(([name]) => name.startsWith(`${kind} `));

  test("every policy is the topology's, and there is no other", () => {
    expect(policies()).toEqual(policiesMeant(topology(stage)));
  });

  test("no role may do what a wildcard names", () => {
    const actions = on("role").flatMap(([, document]) => statements(document).flatMap(({ Action }) => Action));
    expect(actions.length).toBeGreaterThan(20);
    expect(actions.filter((action) => !/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action))).toEqual([]);
  });

  test("every role trusts exactly one service, and nobody in the account", () => {
    const trust = inputsOf(graphOf(stage), "aws:iam/role:Role").map(({ name, assumeRolePolicy }) => [name, JSON.parse(String(assumeRolePolicy)).Statement]);
    for (const [name, statement] of trust) {
      const service = /-(node|node-builder|drill)$/.test(String(name)) ? "ec2.amazonaws.com" : "lambda.amazonaws.com";
      expect(statement, String(name)).toEqual([{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }]);
    }
    expect(trust).toHaveLength(topology(stage).functions.length + (stage === "single" ? 3 : 2));
  });

  test.each(["bucket", "topic", "queue"])("every %s refuses plain HTTP", (kind) => {
    expect(on(kind).length).toBeGreaterThan(0);
    for (const [name, document] of on(kind)) {
      const refusal = { Effect: "Deny", Principal: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } };
      expect(statements(document), name).toContainEqual(expect.objectContaining(refusal));
    }
  });

  test("every bucket refuses plain HTTP for all its objects and all that can be done with them", () => {
    for (const [name, document] of on("bucket")) {
      const refused = statements(document).filter(({ Effect }) => Effect === "Deny");
      const bucket = `arn:aws:s3:::${name.slice("bucket ".length)}`;
      expect(refused.map(({ Action, Resource }) => ({ Action, Resource }))).toEqual([{ Action: ["s3:*"], Resource: [bucket, `${bucket}/*`] }]);
    }
  });

  test("no policy on a resource lets everybody in, and every service only for this account", () => {
    const allowed = ["key", "bucket", "topic", "queue"]
      .flatMap(on)
      .flatMap(([name, document]) => statements(document).map((statement) => ({ name, ...statement })));
    for (const { name, Effect, Principal, Condition, Resource } of allowed.filter((statement) => statement.Effect === "Allow")) {
      expect(Principal, name).not.toBe("*");
      expect(JSON.stringify(Principal), name).not.toContain('"*"');
      if (!("Service" in (Principal as object))) continue;
      expect(JSON.stringify({ Condition, Resource }), `${Effect} ${name}`).toContain("123456789012");
    }
  });
});
