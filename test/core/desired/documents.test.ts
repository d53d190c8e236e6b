import { createHash } from "node:crypto";
import { DeclaredDocument, EffectiveDocument, isDocument, pointerTo } from "@steward/core/desired/documents";
import { desiredState, effectiveDocument, type InService } from "@steward/core/desired/in-effect";
import { CertificateSecret, LoginSecret, partOf, SECRET_IDS, SecretReference } from "@steward/core/desired/vault";
import { DesiredState } from "@steward/core/fleet/probe";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deepFreeze } from "../deep-freeze.ts";
import { declaredOf, ENDPOINT, KINDS, VOLUME } from "../first-deploy/founding.ts";

const SALT = "5a17".repeat(16);
const pair = deepFreeze(declaredOf("ha").document);
const server = deepFreeze(declaredOf("single").document);
const inPair: InService = { dataVolume: null, database: { ...ENDPOINT, login: "database-login-b" } };
const inServer: InService = { dataVolume: VOLUME, database: null };

describe("a document", () => {
  test("is named by its kind and content, and by nothing else", () => {
    const sha256 = createHash("sha256").update("{}").digest("hex");
    expect(pointerTo("state", "effective", "{}")).toEqual({ bucket: "state", key: `effective/${sha256}.json`, sha256 });
    expect(pointerTo("state", "declared", "{}").key).toBe(`declared/${sha256}.json`);
  });

  test("is known by its name, and no other text is", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        const pointer = pointerTo("state", "declared", text);
        expect([isDocument(text, pointer), isDocument(other, pointer)]).toEqual([true, other === text]);
      }),
    );
  });

  test.each(KINDS)("that a deploy of %s declares is what its pointer names, and reads back as itself", (kind) => {
    const { document, pointer } = declaredOf(kind);
    expect(isDocument(JSON.stringify(document), pointer)).toBe(true);
    expect(DeclaredDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  });
});

describe("what is in effect", () => {
  test("in a pair is what was declared, with the database and the login in service in it", () => {
    const document = effectiveDocument(pair, inPair);
    expect(EffectiveDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    expect(document).toMatchObject({ effective: 1, stage: "demo", topology: "ha", version: pair.version, license: pair.license, dataVolume: null });
    expect(document.database).toEqual({ name: "rstudio_pm", port: 5432, masterUser: "postgres", ...ENDPOINT });
    expect(document.config.text).toContain(`postgres://ppm_b@${ENDPOINT.host}:5432/rstudio_pm?`);
    expect(JSON.stringify(document)).not.toContain("__");
  });

  test("in a single server is what was declared, and the volume", () => {
    const document = effectiveDocument(server, inServer);
    expect(document).toMatchObject({ topology: "single", dataVolume: VOLUME, database: null, config: server.config });
  });

  test("is never half a database", () => {
    expect(() => effectiveDocument(pair, inServer)).toThrow("not both");
    expect(() => effectiveDocument(server, inPair)).toThrow("not both");
  });

  test("is pointed to by a desired state that holds hashes alone", () => {
    const document = effectiveDocument(pair, inPair);
    const { text, state } = desiredState(document, { bucket: "state", salt: SALT, keyFingerprint: "5eed", revision: 3 });
    expect(JSON.parse(text)).toEqual(document);
    expect(isDocument(text, state.document)).toBe(true);
    expect(DesiredState.parse(state)).toEqual({
      desired: 1,
      revision: 3,
      version: pair.version,
      configFingerprint: expect.stringMatching(/^v1:[0-9a-f]{8}:[0-9a-f]{64}$/),
      keyFingerprint: "5eed",
      document: pointerTo("state", "effective", text),
    });
    expect(`${text}${JSON.stringify(state)}`).not.toContain(SALT);
  });

  test("has another fingerprint with another database in it, and with another salt", () => {
    const fingerprintOf = (host: string, salt: string) =>
      desiredState(effectiveDocument(pair, { dataVolume: null, database: { ...ENDPOINT, host, login: "database-login-a" } }), {
        bucket: "state",
        salt,
        keyFingerprint: "",
        revision: 1,
      }).state.configFingerprint;
    const all = [fingerprintOf("a.example.com", SALT), fingerprintOf("b.example.com", SALT), fingerprintOf("a.example.com", "0dd".repeat(22))];
    expect(new Set(all).size).toBe(3);
    expect(fingerprintOf("a.example.com", SALT)).toBe(all[0]);
  });

  test("is nothing that Package Manager would not read", () => {
    const broken = effectiveDocument({ ...server, config: { ...server.config, text: "[Server\n" } }, inServer);
    expect(() => desiredState(broken, { bucket: "state", salt: SALT, keyFingerprint: "", revision: 1 })).toThrow("none that Package Manager would read");
  });
});

describe("a secret", () => {
  const reference = (part: SecretReference["part"]): SecretReference => ({ secret: "encryption-key", part });

  test("without parts is its whole text, to the byte", () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(partOf(text, reference("text"))).toBe(text)));
  });

  test("with parts gives the part that is meant", () => {
    const text = JSON.stringify({ certificate: "-----BEGIN", "private-key": "key\n" });
    expect(["certificate", "private-key", "password"].map((part) => partOf(text, reference(part as "password")))).toEqual(["-----BEGIN", "key\n", undefined]);
  });

  test.each(["", "hunter2", "null", "[]", '"password"', "7", '{"password":7}', '{"password":{}}', "{}"])("that is %j has no password", (text) => {
    expect(partOf(text, reference("password"))).toBeUndefined();
  });

  test("is meant by place and part, and by nothing more", () => {
    for (const secret of SECRET_IDS) expect(SecretReference.safeParse({ secret, part: "text" }).success).toBe(true);
    for (const wrong of [
      { secret: "root", part: "text" },
      { secret: "license", part: "user" },
      { ...reference("text"), value: "x" },
    ])
      expect(SecretReference.safeParse(wrong).success).toBe(false);
  });

  test.each(["short", "p".repeat(129), "with space and more characters", "quote'quote'quote'quote'quote"])("with the password %j is no login", (password) => {
    expect(LoginSecret.safeParse({ password }).success).toBe(false);
  });

  test("of a login or a certificate has its parts", () => {
    expect(LoginSecret.safeParse({ password: "aB3_-".repeat(6) }).success).toBe(true);
    expect(CertificateSecret.safeParse({ certificate: "a" }).success).toBe(false);
    expect(CertificateSecret.safeParse({ certificate: "a", "private-key": "b" }).success).toBe(true);
  });
});
