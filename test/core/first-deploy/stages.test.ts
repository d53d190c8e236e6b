import { currentStage, stagesOf } from "@steward/core/first-deploy/progress";
import { ask, done, type Founding, wait } from "@steward/core/first-deploy/stages";
import { describe, expect, test } from "vitest";
import { ago, DATABASE, desired } from "../builders.ts";
import { AMI, before, declaredOf, ENDPOINT, image, KEY, KINDS, knowing, noted, policyFor, stageIds, VERSIONS, VOLUME, writtenIn } from "./founding.ts";
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

  test("the stage that waits because something is unread is the one that was current last, although later ones have been before", () => {
    const facts = knowing(
      noted(before(kind, "secrets"), { reached: { image: ago({ hours: 5 }), secrets: ago({ minutes: 1 }), document: ago({ hours: 2 }) } }),
      {
        unread: [{ what: "the vault", because: "throttled" }],
      },
    );
    expect(currentStage(facts, policyFor(kind))?.stage.id).toBe("secrets");
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

test("the database is waited for until it takes connections and RDS says where it answers", () => {
  const status = (found: Founding["database"], endpoint: typeof ENDPOINT | null) =>
    stands("database", (facts) => knowing({ ...facts, database: found }, { endpoint }));
  expect(status({ id: DATABASE, status: "creating" }, ENDPOINT)).toEqual(wait("RDS says that the database is creating"));
  expect(status(null, null)).toEqual(wait("RDS says that the database is not there"));
  expect(status({ id: DATABASE, status: "available" }, null)).toEqual(wait("RDS does not say yet where the database answers"));
  for (const open of ["available", "backing-up"]) expect(status({ id: DATABASE, status: open }, ENDPOINT)).toEqual(done);
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
  const base = (kind: "ha" | "single") => ({
    do: "write-document" as const,
    declared: declaredOf(kind).pointer,
    keyFingerprint: KEY,
    sha256: writtenIn(before(kind, "document")).state.document.sha256,
    because: "",
  });

  test("is written with the database that serves, or with the data volume", () => {
    const because = "the document of the nodes is not written yet";
    expect(stands("document")).toEqual(due(because, { ...base("ha"), dataVolume: null, database: { ...ENDPOINT, login: "database-login-a" } }));
    const single = stageOf("document").stand(before("single", "document"), policyFor("single"));
    expect(single).toEqual(due(because, { ...base("single"), dataVolume: VOLUME, database: null }));
  });

  const writing = (but: (written: ReturnType<typeof writtenIn>) => ReturnType<typeof writtenIn>) =>
    stands("document", (facts) => noted(facts, { written: but(writtenIn(facts)) })).state;

  test("is written again when something else is declared, in service, or the key", () => {
    expect(writing((written) => written)).toBe("done");
    expect(writing((written) => ({ ...written, declared: "of another deploy" }))).toBe("act");
    expect(writing(({ state, ...written }) => ({ ...written, state: { ...state, document: desired.document } }))).toBe("act");
    expect(writing(({ state, ...written }) => ({ ...written, state: { ...state, keyFingerprint: "another" } }))).toBe("act");
  });

  test("waits for the address of the database", () => {
    expect(stands("document", (facts) => knowing(facts, { endpoint: null }))).toEqual(
      wait("what is declared of a database and what RDS says of it do not go together yet"),
    );
  });

  test("waits for the name of the key", () => {
    expect(stands("document", (facts) => knowing(facts, { key: { fingerprint: null, offlineCopy: null } }))).toEqual(
      wait("the key's fingerprint is not known"),
    );
  });
});

describe("the launch template", () => {
  const write = (imageId: string) =>
    due("the launch template does not name the image yet", { do: "write-template", base: "steward-demo-base", baseVersion: 1, imageId, because: "" });

  test("gets the newest image that fits and is not bad", () => {
    const images = [
      image({ imageId: "ami-old", builtAt: ago({ days: 1 }) }),
      image({ imageId: "ami-new" }),
      image({ imageId: "ami-bad", builtAt: ago({ minutes: 1 }), standing: "bad" }),
      image({ imageId: "ami-other", builtAt: ago({ minutes: 1 }), versions: versions({ r: "" }) }),
    ];
    expect(stands("template", (facts) => ({ ...facts, images }))).toEqual(write("ami-new"));
  });

  test("is written again for another image or another version of the deploy's, and not for the same", () => {
    const naming = (imageId: string, base: number | null) => stands("template", (facts) => knowing(facts, { template: { version: 4, imageId, base } }));
    expect([naming("ami-other", 1), naming(AMI, 2), naming(AMI, null), naming(AMI, 1)]).toEqual([write(AMI), write(AMI), write(AMI), done]);
  });

  test("keeps its image as long as that fits, although there is a newer one", () => {
    const images = (standing: "proven" | "bad") => [image({ standing }), image({ imageId: "ami-new", builtAt: ago({ minutes: 1 }) })];
    const having = (standing: "proven" | "bad") =>
      stands("template", (facts) => knowing({ ...facts, images: images(standing) }, { template: { version: 4, imageId: AMI, base: 1 } }));
    expect([having("proven"), having("bad")]).toEqual([done, write("ami-new")]);
  });

  test("waits for the deploy's own", () => {
    expect(stands("template", (facts) => knowing(facts, { baseVersion: null }))).toEqual(wait("the deploy's launch template does not show yet"));
  });

  test("waits where no image is fit", () => {
    expect(stands("template", (facts) => ({ ...facts, images: [] }))).toEqual(wait("there is no tested image"));
  });
});
