import { done, type Founding, wait } from "@steward/core/first-deploy/stages";
import type { Step } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { FIRST, node, SECOND } from "../builders.ts";
import { before, held, knowing, noted, writtenIn } from "./founding.ts";
import { due, stands } from "./stands.ts";

describe("the first node", () => {
  const launching = (...nodes: Founding["nodes"]) => grouped({}, ...nodes);
  const grouped = (group: Partial<Founding["group"]>, ...nodes: Founding["nodes"]) =>
    stands("first-node", (facts) => ({
      ...facts,
      group: { ...facts.group, template: { name: "steward-demo-node", version: "1" }, desired: 1, ...group },
      nodes,
    }));
  const alone: Step = { do: "size-group", min: 0, max: 3, desired: 1, template: 1, because: "" };

  test("is launched alone, from Steward's own template", () => {
    expect(stands("first-node")).toEqual(due("everything that a node needs is there", alone));
  });

  test.each([{ name: "steward-demo-base", version: "1" }, { name: "steward-demo-node", version: "2" }, null])(
    "is launched from that template at its newest version, and not from %j",
    (template) => {
      expect(grouped({ template }, held)).toEqual(due("everything that a node needs is there", alone));
    },
  );

  test("is sent away while it is held, when it comes from another image than the template's", () => {
    const other = { ...held, imageId: "ami-other" };
    const away: Step = { do: "complete-lifecycle", instanceId: FIRST, hook: "steward-demo-admit", result: "ABANDON", because: "" };
    expect(launching(other)).toEqual(due(`${FIRST} was launched from another image`, away));
    expect(launching({ ...other, lifecycle: "Terminating:Wait" })).toEqual(wait("the group launches the first node"));
    expect(launching(node({ imageId: "ami-other" }))).toEqual(done);
  });

  test("that serves is enough, whatever the group launches from by now", () => {
    expect(grouped({ template: null }, node())).toEqual(done);
  });

  test("is waited for with the last failure of the group", () => {
    expect(grouped({ failure: "no capacity in us-east-1a" })).toEqual(wait("the group launches the first node; last it said: no capacity in us-east-1a"));
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
    const { document } = writtenIn(before("ha", "init-database")).state;
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

test("the desired state is put into effect once, as it was written, and again in the next revision when another was written", () => {
  const { state } = writtenIn(before("ha", "desired-state"));
  const commit = (revision: number): Step => ({ do: "commit-desired", state: { ...state, revision }, because: "" });
  const having = (desired: Founding["desired"]) => stands("desired-state", (facts) => ({ ...facts, desired }));
  expect(having(null)).toEqual(due("nothing is in effect yet", commit(1)));
  expect(stands("desired-state", (facts) => noted(facts, { written: null }))).toEqual(wait("the document of the nodes is not written yet"));
  expect(having({ ...state, revision: 4 })).toEqual(done);
  const others = [
    { ...state, revision: 4, keyFingerprint: "another" },
    { ...state, revision: 4, document: { ...state.document, sha256: "f".repeat(64) } },
  ];
  for (const other of others) expect(having(other)).toEqual(due("another document was declared meanwhile", commit(5)));
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
