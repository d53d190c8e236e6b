import { done, type Founding, wait } from "@steward/core/first-deploy/stages";
import type { Step } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { desired, FIRST, node, SECOND } from "../builders.ts";
import { held, knowing, noted } from "./founding.ts";
import { due, stands } from "./stands.ts";

describe("the first node", () => {
  const launching = (...nodes: Founding["nodes"]) => stands("first-node", (facts) => ({ ...facts, group: { ...facts.group, desired: 1 }, nodes }));

  test("is launched alone, from Steward's own template", () => {
    const step: Step = { do: "size-group", min: 0, max: 3, desired: 1, template: 1, because: "" };
    expect(stands("first-node")).toEqual(due("everything that a node needs is there", step));
  });

  test("waits for the template", () => {
    expect(stands("first-node", (facts) => knowing(facts, { template: null }))).toEqual(wait("there is no launch template yet"));
  });

  test("is waited for until its hook holds it", () => {
    const because = "the group launches the first node";
    expect(launching()).toEqual(wait(because));
    for (const lifecycle of ["Pending", "Terminating:Wait", null]) expect(launching(node({ lifecycle, target: null }))).toEqual(wait(because));
  });

  test.each(["Pending:Wait", "Pending:Proceed", "InService"])("has come when it is %s", (lifecycle) => {
    expect(launching(node({ lifecycle, target: null }))).toEqual(done);
  });
});

describe("the empty database", () => {
  test("is prepared on the node that waits, with the document that nothing points to yet, and remembered", () => {
    const document = desired.document;
    expect(stands("init-database")).toEqual(
      due("the database is empty", { do: "init-database", instanceId: FIRST, document, because: "" }, { do: "remember-database", because: "" }),
    );
  });

  test("waits for a node, for its report, and for the document", () => {
    expect(stands("init-database", (facts) => ({ ...facts, nodes: [] }))).toEqual(wait("the first node is not there yet"));
    expect(stands("init-database", (facts) => noted(facts, { written: null }))).toEqual(wait("the first node is not there yet"));
    const silent = { ...held, probe: { kind: "unknown", because: "the agent is not there" } } as const;
    expect(stands("init-database", (facts) => ({ ...facts, nodes: [silent] }))).toEqual(wait(`${FIRST} does not report yet: the agent is not there`));
  });

  test("is prepared on a node that nobody has asked yet: the run asks", () => {
    expect(stands("init-database", (facts) => ({ ...facts, nodes: [{ ...held, probe: { kind: "not-asked" } }] })).state).toBe("act");
  });
});

test("the desired state is put into effect once, as it was written", () => {
  const state = { ...desired, revision: 1 };
  expect(stands("desired-state")).toEqual(due("nothing is in effect yet", { do: "commit-desired", state, because: "" }));
  expect(stands("desired-state", (facts) => noted(facts, { written: null }))).toEqual(wait("the document of the nodes is not written yet"));
  expect(stands("desired-state", (facts) => ({ ...facts, desired }))).toEqual(done);
});

test("the first node is waited for until it serves", () => {
  expect(stands("first-serving")).toEqual(wait("the first node becomes what is wanted and is let in"));
  expect(stands("first-serving", (facts) => ({ ...facts, nodes: [node()] }))).toEqual(done);
});

describe("the whole fleet", () => {
  const sizes = { min: 1, max: 3, desired: 2 };

  test.each([{}, { min: 1 }, { min: 1, max: 3, desired: 3 }, { min: 1, max: 4, desired: 2 }])(
    "gets the declared sizes instead of %o, and keeps its template",
    (group) => {
      expect(stands("fleet", (facts) => ({ ...facts, group: { ...facts.group, ...group } }))).toEqual(
        due("the first node serves", { do: "size-group", ...sizes, template: null, because: "" }),
      );
    },
  );

  test("is waited for until as many serve as should", () => {
    const serving = (...nodes: Founding["nodes"]) => stands("fleet", (facts) => ({ ...facts, group: { ...facts.group, ...sizes }, nodes }));
    expect(serving(node())).toEqual(wait("1 of 2 nodes serve: the others are admitted one after the other"));
    expect(serving(node(), node({ instanceId: SECOND }))).toEqual(done);
  });

  test("waits where nobody knows the declared sizes", () => {
    expect(stands("fleet", (facts) => knowing(facts, { declared: null }))).toEqual(wait("no deploy has declared the fleet's sizes"));
  });
});
