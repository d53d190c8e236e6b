import { createDocuments } from "@steward/aws/documents";
import { writeDocument } from "@steward/aws/write-document";
import { type DocumentPointer, pointerTo } from "@steward/core/desired/documents";
import { Permanent, Retryable } from "@steward/core/errors";
import type { FirstDeployNote } from "@steward/core/first-deploy/facts";
import type { StepOf } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { declaredOf, ENDPOINT } from "../core/first-deploy/founding.ts";
import { refuse, stubAws } from "./stub-aws.ts";

const holding = (text: string | undefined) => ({ GetObject: () => ({ Body: text === undefined ? undefined : { transformToString: async () => text } }) });
const documentsOf = (answers: Parameters<typeof stubAws>[0]) => {
  const aws = stubAws(answers);
  return { ...aws, documents: createDocuments(aws.clients.s3) };
};
const TEXT = '{"declared":1}';
const POINTER = pointerTo("state", "declared", TEXT);

describe("a document", () => {
  test("is read from where its pointer says", async () => {
    const { documents, inputs } = documentsOf(holding(TEXT));
    expect(await documents.read(POINTER)).toBe(TEXT);
    expect(inputs("GetObject")).toEqual([{ Bucket: "state", Key: POINTER.key }]);
  });

  test.each([`${TEXT} `, "", undefined])("is refused when %j lies under its name", async (text) => {
    await expect(documentsOf(holding(text)).documents.read(POINTER)).rejects.toThrow(new Permanent(`${POINTER.key} is not what its name says`));
  });

  test("that is missing is a failure", async () => {
    await expect(documentsOf({ GetObject: refuse("NoSuchKey", "no such key", 404) }).documents.read(POINTER)).rejects.toBeInstanceOf(Permanent);
    await expect(documentsOf({ GetObject: refuse("SlowDown", "slow down", 503) }).documents.read(POINTER)).rejects.toBeInstanceOf(Retryable);
  });

  test("is written under its own hash", async () => {
    const { documents, inputs } = documentsOf({ PutObject: () => ({}) });
    await documents.write(POINTER, TEXT);
    expect(inputs("PutObject")).toEqual([{ Bucket: "state", Key: POINTER.key, Body: TEXT, ContentType: "application/json" }]);
  });
});

describe("what the nodes are to be", () => {
  const SALT = "5a17".repeat(16);
  const { pointer, document } = declaredOf("ha");
  const step: StepOf<"write-document"> = {
    do: "write-document",
    declared: pointer,
    dataVolume: null,
    database: { ...ENDPOINT, login: "database-login-a" },
    keyFingerprint: "5eed",
    sha256: "0".repeat(64),
    because: "",
  };

  function means({ salt = SALT, text = JSON.stringify(document) }: { salt?: string | undefined; text?: string } = {}) {
    const written: [DocumentPointer, string][] = [];
    const notes: FirstDeployNote[] = [];
    const order: string[] = [];
    const documents = {
      read: async () => text,
      write: async (...given: [DocumentPointer, string]) => void [order.push("write"), written.push(given)],
    };
    const ledger = { noteFirstDeploy: async (note: FirstDeployNote) => void [order.push("note"), notes.push(note)] };
    return { given: { documents, vault: { read: async () => salt }, ledger }, written, notes, order };
  }

  test("is written, and then noted with the desired state that will point to it", async () => {
    const { given, written, notes, order } = means();
    await writeDocument(given, step);
    const [[at, text] = [POINTER, ""]] = written;
    expect(at).toEqual(pointerTo(pointer.bucket, "effective", text));
    expect(JSON.parse(text)).toMatchObject({ effective: 1, stage: "demo", database: { host: ENDPOINT.host, masterSecret: ENDPOINT.masterSecret } });
    const state = expect.objectContaining({ revision: 1, keyFingerprint: "5eed", document: at, configFingerprint: expect.stringMatching(/^v1:/) });
    expect(notes).toEqual([{ what: "written", declared: pointer.sha256, state }]);
    expect(order).toEqual(["write", "note"]);
  });

  test("is the same however often it is written", async () => {
    const [first, second] = [means(), means()];
    for (const { given } of [first, second]) await writeDocument(given, step);
    expect([first.written, first.notes]).toEqual([second.written, second.notes]);
  });

  test("never holds the salt, nor does what is noted", async () => {
    const { given, written, notes } = means();
    await writeDocument(given, step);
    expect(JSON.stringify([written, notes])).not.toContain(SALT);
  });

  test.each<[string, Parameters<typeof means>[0], string]>([
    ["there is no salt", { salt: undefined }, "holds no salt"],
    ["the salt is too short", { salt: "0ff5a17" }, "has at least 64 characters"],
    ["what was declared is no document", { text: '{"declared":2}' }, ""],
    ["what was declared is no JSON", { text: "<html>" }, ""],
    ["what was declared has no database, and one is in service", { text: JSON.stringify(declaredOf("single").document) }, "the document cannot be made"],
  ])("is not written when %s, and the failure says nothing of the salt", async (_when, but, words) => {
    const { given, order } = means(but);
    const vault = { read: async () => (but && "salt" in but ? but.salt : SALT) };
    const error: unknown = await writeDocument({ ...given, vault }, step).catch((reason: unknown) => reason);
    if (!(error instanceof Error)) throw new Error("it was written");
    expect(error.message).toContain(words);
    for (const salt of [SALT, "0ff5a17"]) expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain(salt);
    expect(order).toEqual([]);
  });
});
