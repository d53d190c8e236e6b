import type { EffectiveDocument } from "@steward/core/desired/documents";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { describe, expect, test } from "vitest";
import { CANARIES, documentOf, inEffect, pointer, STAGE, secretName, settingsOf } from "./a-fleet.ts";
import { aHost, changing, envelope, type StubHost, want, written } from "./a-host.ts";

let orders = 0;
const converge = (host: StubHost, given: Parameters<typeof envelope>[0] = {}) => runVerb(host, "converge", envelope({ key: `order-${++orders}`, ...given }));

const dies = (name: string) => async (): Promise<never> => {
  throw Object.assign(new Error(CANARIES.master), { name });
};
const secret = (id: Parameters<typeof secretName>[0], text: string) => (host: StubHost) => void host.vault.set(secretName(id), text);
const settings = (over: object) => (host: StubHost) => host.put(PATHS.settings, JSON.stringify({ ...settingsOf("ha"), ...over }));
const document = (over: Partial<EffectiveDocument>) => (host: StubHost) => want(host, { ...documentOf("ha"), ...over });
const config = (over: Partial<EffectiveDocument["config"]>) => document({ config: { ...documentOf("ha").config, ...over } });
const state = (over: object) => (host: StubHost) => Object.assign(host, { desired: { ...inEffect(documentOf("ha")).state, ...over } });
const { text: TEXT } = inEffect(documentOf("ha"));

const BAD: [string, (host: StubHost) => void, string][] = [
  ["nothing told at its launch", (host) => host.drop(PATHS.settings), `there is no ${PATHS.settings}`],
  ["settings that are cut off", (host) => host.put(PATHS.settings, '{"stage":"demo"'), `${PATHS.settings} cannot be used: the document itself`],
  ["settings without a table", settings({ table: undefined }), `${PATHS.settings} cannot be used: table`],
  ["no desired state", (host) => Object.assign(host, { desired: undefined }), "the desired state cannot be used: the document itself"],
  [
    "a desired state without its hashes",
    (host) => Object.assign(host, { desired: { desired: 1, revision: 3, version: "2026.08.0" } }),
    "the desired state cannot be used: configFingerprint, keyFingerprint, document",
  ],
  [
    "a desired state that it may not read",
    (host) => Object.assign(host.asks, { desired: dies("AccessDeniedException") }),
    "the desired state cannot be read: AccessDeniedException",
  ],
  ["no document", (host) => host.documents.clear(), "the document cannot be read: NoSuchKey"],
  [
    "a document that was changed",
    (host) => host.documents.set(pointer(TEXT).key, `${TEXT} `),
    "the document has another hash than the one by which it is named",
  ],
  ["a document of another scheme", (host) => want(host, { ...documentOf("ha"), effective: 2 as 1 }), "the document cannot be used: effective"],
  ["a document of another stage", document({ stage: "other" }), "the document is meant for a ha of the stage other"],
  ["a document of the other topology", document({ topology: "single" }), `the document is meant for a single of the stage ${STAGE}`],
  ["a document of another version", state({ version: "2026.06.0" }), "version: the document is for 2026.08.0, not for 2026.06.0"],
  ["a document with a volume for a pair", document({ dataVolume: "vol-0" }), "the document's data volume does not fit its topology"],
  ["another version installed", document({ version: "2026.06.0" }), "version: 2026.08.0 is installed, 2026.06.0 is desired"],
  ["no version installed", (host) => Object.assign(host, { says: { "dpkg-query": { exitCode: 1 } } }), "version: none is installed, 2026.08.0 is desired"],
  ["no instance id", (host) => Object.assign(host, { instanceId: async () => "unknown" }), "this computer does not know its instance id"],
  ["a secret that is not there", (host) => host.vault.delete(secretName("license")), "the secret license cannot be read: ResourceNotFoundException"],
  [
    "half a key",
    secret("encryption-key", CANARIES.key.slice(512)),
    "encryption key: the key file does not hold 512 bytes as 1024 hexadecimal characters or as base64",
  ],
  [
    "a key with a character that systemd does not pass on",
    secret("encryption-key", `${Buffer.from(CANARIES.key, "hex").toString("base64")}\r\n`),
    "systemd would pass over the variable PACKAGEMANAGER_ENCRYPTION_KEY",
  ],
  ["another key in the vault", secret("encryption-key", "ab".repeat(512)), "encryption key: the fingerprint of the vaulted key is not the desired one"],
  ["an empty licence", secret("license", " \n"), "the secret license cannot be used: it is empty"],
  [
    "a login that is no JSON",
    secret("database-login-a", CANARIES.loginA),
    "the secret database-login-a cannot be used: its JSON cannot be used: the document itself",
  ],
  ["a short salt", secret("fingerprint-salt", "5"), "the secret fingerprint-salt cannot be used: it has less than 64 characters"],
  [
    "a configuration that nobody can read",
    (host) => {
      state({})(host);
      const text = TEXT.replace("[Server]", "[Server");
      host.documents.set(pointer(text).key, text);
      state({ document: pointer(text) })(host);
    },
    "configuration: the document's is none that Package Manager would read",
  ],
  [
    "another configuration than the desired one",
    (host) => {
      const other = inEffect({ ...documentOf("ha"), config: { ...documentOf("ha").config, text: "[Server]\n" } }).state.configFingerprint;
      state({ configFingerprint: other })(host);
    },
    "configuration: the document's has another fingerprint than the desired one",
  ],
  [
    "a secret for a file of its own",
    config({ files: { "/tmp/key": { secret: "encryption-key", part: "text" } } }),
    "the document puts a secret into a file that is not meant for it",
  ],
  ["a service without the key", config({ environment: {} }), "the document does not give the service the encryption key"],
  [
    "a service with another secret for a key",
    config({ environment: { PACKAGEMANAGER_ENCRYPTION_KEY: { secret: "license", part: "text" } } }),
    "the document does not give the service the encryption key",
  ],
  [
    "a drop-in that may do without the environment file",
    config({ dropIn: "[Service]\nEnvironmentFile=-/run/steward/rstudio-pm.env\n" }),
    "the document's drop-in does not read the environment file",
  ],
  [
    "a part that no secret has",
    config({ environment: { ...documentOf("ha").config.environment, A: { secret: "database-login-a", part: "certificate" } } }),
    "the secret database-login-a has no part certificate",
  ],
];

test.each(BAD)("%s is refused in plain words before anything is touched", async (_, spoil, sentence) => {
  const host = aHost();
  spoil(host);
  expect(await converge(host)).toMatchObject({ exitCode: 3, stderr: `steward-node: ${sentence}\n` });
  expect(changing(host)).toEqual([]);
  expect(written(host)).toEqual([]);
});

test("a single server needs to know its volume and its whole certificate before anything is touched", async () => {
  const host = aHost("single");
  host.vault.set(secretName("certificate"), JSON.stringify({ certificate: "a certificate" }));
  expect(await converge(host)).toMatchObject({
    exitCode: 3,
    stderr: "steward-node: the secret certificate cannot be used: its JSON cannot be used: private-key\n",
  });
  want(host, { ...documentOf("single"), dataVolume: null });
  expect(await converge(host)).toMatchObject({ exitCode: 3, stderr: "steward-node: the document's data volume does not fit its topology\n" });
  expect(changing(host)).toEqual([]);
  expect(written(host)).toEqual([]);
});

test.each([PATHS.key, PATHS.persistentKey])("a foreign key in %s is neither overwritten nor shown, and nothing starts beside it", async (path) => {
  for (const key of ["ab".repeat(512), "no key"]) {
    const host = aHost();
    host.put(path, key);
    expect(await converge(host)).toMatchObject({ exitCode: 1, stderr: `steward-node: encryption key: ${path} holds another key than the vault\n` });
    expect(changing(host)).toEqual([]);
    expect(written(host)).toEqual([]);
    expect(host.seen()[path]).toBe(key);
  }
});

test("the fleet's own key may lie where older versions look for it", async () => {
  const host = aHost();
  host.put(PATHS.key, CANARIES.key);
  expect(await converge(host)).toMatchObject({ exitCode: 0 });
});

describe("a command that names a document", () => {
  test("is obeyed before there is any desired state", async () => {
    const host = aHost();
    host.asks.desired = dies("ParameterNotFound");
    expect(await converge(host, { document: pointer(TEXT) })).toMatchObject({ exitCode: 0 });
  });

  test("goes before the desired state, but not with another key", async () => {
    const host = aHost();
    const next = documentOf("ha");
    next.config.text += "\n[Git]\nBuildRetries = 5\n";
    const { text } = inEffect(next);
    host.documents.set(pointer(text).key, text);
    expect(await converge(host, { document: pointer(text) })).toMatchObject({ exitCode: 0 });
    expect(host.seen()[PATHS.config]).toBe(next.config.text);
    state({ keyFingerprint: "0".repeat(64) })(host);
    expect(await converge(host, { document: pointer(text) })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("the vaulted key is not the desired one"),
    });
  });

  test("is refused while nobody knows whether there is a desired state", async () => {
    const host = aHost();
    host.asks.desired = dies("TimeoutError");
    expect(await converge(host, { document: pointer(TEXT) })).toMatchObject({
      exitCode: 3,
      stderr: "steward-node: the desired state cannot be read: TimeoutError\n",
    });
  });
});
