import { currentStage, stagesOf } from "@steward/core/first-deploy/progress";
import { ask, done, type Founding, wait } from "@steward/core/first-deploy/stages";
import type { Step } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { ago, DATABASE, desired } from "../builders.ts";
import { AMI, before, build, declaredOf, ENDPOINT, image, KEY, KINDS, knowing, noted, policyFor, stageIds, VERSIONS, VOLUME } from "./founding.ts";
import { due, stageOf, stands } from "./stands.ts";

const versions = (but: Partial<typeof VERSIONS>) => ({ ...VERSIONS, ...but });

describe.each(KINDS)("in %s", (kind) => {
  test("each stage is the current one when all before it are over, and none is at the end", () => {
    const current = stageIds(kind).map((id) => currentStage(before(kind, id), policyFor(kind))?.stage.id);
    // One server is the whole fleet, so the last stage is over with the one before.
    expect(current).toEqual(stageIds(kind).map((id) => (kind === "single" && id === "fleet" ? undefined : id)));
    expect(currentStage(before(kind), policyFor(kind))).toBeUndefined();
  });

  test("a stage that is over says so", () => {
    for (const stage of stagesOf({ topology: kind })) expect(stage.stand(before(kind), policyFor(kind))).toEqual(done);
  });

  test("nothing is done while something is unread: the last stage that was reached waits", () => {
    const unread = [
      { what: "the vault", because: "AccessDenied" },
      { what: "the launch template", because: "throttled" },
    ];
    const standing = wait("I can't see enough: the vault (AccessDenied); the launch template (throttled)");
    for (const id of stageIds(kind)) {
      const facts = knowing(noted(before(kind, id), { reached: { image: ago({ hours: 5 }), [id]: ago({ minutes: 1 }) } }), { unread });
      expect(currentStage(facts, policyFor(kind))).toEqual({ stage: stageOf(id), standing });
    }
    expect(currentStage(knowing(before(kind, "secrets"), { unread }), policyFor(kind))).toEqual({ stage: stageOf("image"), standing });
  });

  test("nothing is done while nobody knows what was declared", () => {
    expect(currentStage(knowing(before(kind, "image"), { declared: null }), policyFor(kind))?.standing).toEqual(wait("no deploy has declared anything yet"));
  });
});

test("both topologies have the stages that they need, in one order", () => {
  const only = { ha: ["database", "init-database"], single: ["data-volume"] };
  expect(stageIds("ha").filter((id) => !stageIds("single").includes(id))).toEqual(only.ha);
  expect(stageIds("single").filter((id) => !stageIds("ha").includes(id))).toEqual(only.single);
  for (const kind of KINDS) for (const { words } of stagesOf({ topology: kind })) expect(words).toMatch(/^[a-z]/);
});

describe("the image", () => {
  const lost = (times: number, reason: string | null) => (facts: Founding) => ({
    ...facts,
    builds: Array.from({ length: times }, (_, index) => build({ arn: `arn:${index}`, state: "failed" as const, status: "FAILED", reason })),
  });
  const step = (attempt: number): Step => ({ do: "build-image", attempt, because: "" });

  test("is built where there is none", () => {
    expect(stands("image")).toEqual(due("there is no tested image yet", step(1)));
  });

  test.each<[string, Partial<typeof VERSIONS>]>([
    ["another Package Manager", { packageManager: "2024.11.0" }],
    ["another Ubuntu", { ubuntu: "20.04" }],
    ["another R", { r: "3.6.3" }],
    ["another Python", { python: "" }],
  ])("is built where the one there has %s", (_what, but) => {
    expect(stands("image", (facts) => ({ ...facts, images: [image({ versions: versions(but) })] })).state).toBe("act");
  });

  test("is built where the one there is known to be bad", () => {
    expect(stands("image", (facts) => ({ ...facts, images: [image({ standing: "bad" })] })).state).toBe("act");
    for (const standing of ["candidate", "proven"] as const) expect(stands("image", (facts) => ({ ...facts, images: [image({ standing })] }))).toEqual(done);
  });

  test("is built once more after one failure", () => {
    expect(stands("image", lost(1, "apt-get failed"))).toEqual(due("there is no tested image yet", step(2)));
  });

  test("is a person's after two, with the reason that Image Builder gives", () => {
    const todo = "read the build's log in /aws/imagebuilder/steward-demo-node, mend the cause and deploy again, then start the pipeline of the image";
    expect(stands("image", lost(2, "apt-get failed"))).toEqual(ask("2 builds failed, the last one: apt-get failed", todo));
    expect(stands("image", lost(3, null))).toEqual(ask("3 builds failed, the last one: it says no reason", todo));
  });

  test("is waited for while Image Builder is at it, whatever failed before", () => {
    const because = "Image Builder is at it (TESTING); a build with its tests takes about an hour";
    expect(stands("image", (facts) => ({ ...facts, builds: [build(), ...lost(2, null)(facts).builds] }))).toEqual(wait(because));
  });

  test("is waited for until it is on the ledger", () => {
    const there = build({ state: "available", status: "AVAILABLE", imageId: AMI, versions: VERSIONS });
    expect(stands("image", (facts) => ({ ...facts, builds: [there] }))).toEqual(wait("the image is tested and about to go on the ledger"));
  });

  test.each([
    ["is on the ledger as bad", build({ state: "available", imageId: AMI, versions: VERSIONS }), [image({ standing: "bad" })]],
    ["is not what is declared", build({ state: "available", imageId: AMI, versions: versions({ r: "" }) }), []],
    ["says nothing of itself", build({ state: "available", imageId: AMI }), []],
    ["is not known to EC2", build({ state: "available", versions: VERSIONS }), []],
  ])("is not waited for when it %s", (_what, there, images) => {
    expect(stands("image", (facts) => ({ ...facts, builds: [there], images })).state).toBe("act");
  });

  test("is neither there nor missing while nobody has asked Image Builder", () => {
    expect(stands("image", (facts) => ({ ...facts, builds: null }))).toEqual(wait("nobody has asked Image Builder"));
  });
});

describe("the vault", () => {
  const full = (facts: Founding) => knowing(before("ha", "database"), { record: facts.firstDeploy.record });
  const without =
    (...missing: string[]) =>
    (facts: Founding) =>
      knowing(full(facts), { filled: full(facts).firstDeploy.filled.filter((id) => !missing.includes(id)) });

  test("asks first for what is generated, in one command", () => {
    expect(stands("secrets")).toEqual(
      ask(
        "the vault lacks encryption-key, database-login-a, database-login-b, fingerprint-salt",
        "npx steward secrets init --stage demo --offline-copy <file>",
      ),
    );
    expect(stands("secrets", without("fingerprint-salt", "license"))).toMatchObject({ because: "the vault lacks fingerprint-salt" });
  });

  test("asks then for what only the operator has", () => {
    expect(stands("secrets", without("license"))).toEqual(ask("the vault lacks license", "npx steward secrets put license --stage demo --from <file>"));
    const single = knowing(before("single", "data-volume"), { filled: ["encryption-key", "fingerprint-salt"] });
    expect(stageOf("secrets").stand(single, policyFor("single"))).toMatchObject({
      todo: "npx steward secrets put license --stage demo --from <file>; npx steward secrets put certificate --stage demo --from <file>",
    });
  });

  test("is full only with a key that somebody has named, and whose offline copy is confirmed", () => {
    const keyed = (fingerprint: string | null, offlineCopy: string | null) =>
      stands("secrets", (facts) => knowing(full(facts), { key: { fingerprint, offlineCopy } }));
    expect(keyed(null, null)).toEqual(ask("nobody has said which encryption key is in the vault", "npx steward secrets verify --stage demo"));
    for (const copy of [null, "another"])
      expect(keyed(KEY, copy)).toEqual(
        ask("the offline copy of the encryption key is not confirmed", "npx steward secrets confirm-offline-copy --stage demo --from <file>"),
      );
    expect(keyed(KEY, KEY)).toEqual(done);
  });
});

test("the database is waited for until RDS calls it available and says where it answers", () => {
  const status = (found: Founding["database"], endpoint: typeof ENDPOINT | null) =>
    stands("database", (facts) => knowing({ ...facts, database: found }, { endpoint }));
  expect(status({ id: DATABASE, status: "backing-up" }, ENDPOINT)).toEqual(wait("RDS says that the database is backing-up"));
  expect(status(null, null)).toEqual(wait("RDS says that the database is not there"));
  expect(status({ id: DATABASE, status: "available" }, null)).toEqual(wait("RDS does not say yet where the database answers"));
  expect(status({ id: DATABASE, status: "available" }, ENDPOINT)).toEqual(done);
});

test("the data volume is made once, as it was declared, and waited for", () => {
  const { dataVolume } = declaredOf("single").document;
  if (!dataVolume) throw new Error("a single server has a data volume");
  expect(dataVolume).toMatchObject({ key: "alias/steward-demo-data", tags: { "steward:stage": "demo", Name: "steward-demo-data" } });
  expect(stands("data-volume")).toEqual(due("there is no data volume yet", { do: "make-volume", volume: dataVolume, because: "" }));
  const found = (state: string) => stands("data-volume", (facts) => ({ ...facts, dataVolume: { id: VOLUME, state, attachedTo: null, isNew: true } }));
  expect(found("creating")).toEqual(wait(`${VOLUME} is being made`));
  for (const state of ["available", "in-use"]) expect(found(state)).toEqual(done);
  const undeclared = { ...declaredOf("single"), document: { ...declaredOf("single").document, dataVolume: null } };
  expect(stands("data-volume", (facts) => knowing(facts, { declared: undeclared }))).toEqual(wait("no deploy has declared a data volume"));
});

describe("the document of the nodes", () => {
  const base = (kind: "ha" | "single") => ({ do: "write-document" as const, declared: declaredOf(kind).pointer, keyFingerprint: KEY, because: "" });

  test("is written with the database that serves, or with the data volume", () => {
    const because = "the document of the nodes is not written yet";
    expect(stands("document")).toEqual(due(because, { ...base("ha"), dataVolume: null, database: { ...ENDPOINT, login: "database-login-a" } }));
    const single = stageOf("document").stand(before("single", "document"), policyFor("single"));
    expect(single).toEqual(due(because, { ...base("single"), dataVolume: VOLUME, database: null }));
  });

  test("is written again when something else is declared", () => {
    expect(stands("document", (facts) => noted(facts, { written: { declared: "of another deploy", state: desired } })).state).toBe("act");
  });

  test("waits for the name of the key", () => {
    expect(stands("document", (facts) => knowing(facts, { key: { fingerprint: null, offlineCopy: null } }))).toEqual(
      wait("the key's fingerprint is not known"),
    );
  });
});

describe("the launch template", () => {
  const write = (imageId: string) =>
    due("the launch template does not name the image yet", { do: "write-template", base: "steward-demo-base", imageId, because: "" });

  test("gets the newest image that fits and is not bad", () => {
    const images = [
      image({ imageId: "ami-old", builtAt: ago({ days: 1 }) }),
      image({ imageId: "ami-new" }),
      image({ imageId: "ami-bad", builtAt: ago({ minutes: 1 }), standing: "bad" }),
      image({ imageId: "ami-other", builtAt: ago({ minutes: 1 }), versions: versions({ r: "" }) }),
    ];
    expect(stands("template", (facts) => ({ ...facts, images }))).toEqual(write("ami-new"));
  });

  test("is written again for another image, and not for the same", () => {
    const naming = (imageId: string) => stands("template", (facts) => knowing(facts, { template: { version: 4, imageId } }));
    expect([naming("ami-other"), naming(AMI)]).toEqual([write(AMI), done]);
  });

  test("waits where no image is fit", () => {
    expect(stands("template", (facts) => ({ ...facts, images: [] }))).toEqual(wait("there is no tested image"));
  });
});
