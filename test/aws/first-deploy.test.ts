import { type FirstDeployConfig, readFirstDeploy } from "@steward/aws/first-deploy";
import type { Place } from "@steward/aws/vault";
import type { SecretId } from "@steward/core/desired/vault";
import { Permanent } from "@steward/core/errors";
import { FirstDeployFacts } from "@steward/core/first-deploy/facts";
import { describe, expect, test } from "vitest";
import { declaredOf, ENDPOINT, emptyAccount } from "../core/first-deploy/founding.ts";

const { pointer, document } = declaredOf("ha");
const { record } = emptyAccount("ha").firstDeploy;
const place = (id: SecretId, but: Partial<Place> = {}): Place => ({
  id,
  name: `steward/demo/${id}`,
  filled: true,
  fingerprint: null,
  offlineCopy: null,
  goesOn: null,
  ...but,
});
const KEYED = place("encryption-key", { fingerprint: "f", offlineCopy: { fingerprint: "f", confirmed: new Date(0) } });
const denied = () => Promise.reject(new Permanent("not authorized"));

function given(but: Partial<FirstDeployConfig> = {}, places: Partial<Record<SecretId, Place>> = { "encryption-key": KEYED }) {
  const asked: SecretId[] = [];
  const config: FirstDeployConfig = {
    parameters: { declared: async (parse: (value: unknown) => unknown) => parse(pointer) } as FirstDeployConfig["parameters"],
    documents: { read: async () => JSON.stringify(document), write: denied },
    vault: {
      look: async (id) => {
        asked.push(id);
        return places[id] ?? place(id);
      },
    },
    templates: { newest: async () => ({ version: 2, imageId: "ami-1", base: 3 }), baseVersion: async () => 4, write: denied },
    endpoint: async () => ENDPOINT,
    ...but,
  };
  return { facts: () => readFirstDeploy(config, record), asked };
}

describe("what only a first deploy needs to know", () => {
  test("is put together from what was declared, vault, database and template", async () => {
    const { facts, asked } = given();
    const seen = await facts();
    expect(FirstDeployFacts.parse(JSON.parse(JSON.stringify(seen)))).toEqual(seen);
    expect(seen).toEqual({
      record,
      declared: { pointer, document },
      filled: asked,
      key: { fingerprint: "f", offlineCopy: "f" },
      endpoint: ENDPOINT,
      baseVersion: 4,
      template: { version: 2, imageId: "ami-1", base: 3 },
      unread: [],
    });
    expect(asked.toSorted()).toEqual(document.secrets.toSorted());
  });

  test("counts no place that is empty, or due to be deleted", async () => {
    const places = { "encryption-key": place("encryption-key", { filled: false }), license: place("license", { goesOn: new Date(0) }) };
    const { filled, key } = await given({}, places).facts();
    expect(filled).not.toEqual(expect.arrayContaining(["encryption-key"]));
    expect(filled).not.toEqual(expect.arrayContaining(["license"]));
    expect([filled.length, key]).toEqual([document.secrets.length - 2, { fingerprint: null, offlineCopy: null }]);
  });

  test("has no database in a single server", async () => {
    expect(await given({ endpoint: null }).facts()).toMatchObject({ endpoint: null, unread: [] });
  });

  test.each<[string, Partial<FirstDeployConfig>]>([
    ["the vault", { vault: { look: denied } }],
    ["the database's address", { endpoint: denied }],
    ["the launch template", { templates: { newest: denied, baseVersion: async () => 4, write: denied } }],
    ["the deploy's launch template", { templates: { newest: async () => null, baseVersion: denied, write: denied } }],
    ["what was declared", { documents: { read: denied, write: denied } }],
    ["what was declared", { documents: { read: async () => '{"declared":2}', write: denied } }],
    ["what was declared", { parameters: { declared: async (parse: (value: unknown) => unknown) => parse("nowhere") } as FirstDeployConfig["parameters"] }],
  ])("names %s when that could not be read, and reads the rest", async (what, but) => {
    const seen = await given(but).facts();
    expect(seen.unread.map((line) => line.what)).toEqual([what]);
    expect(seen.unread[0]?.because).not.toBe("");
    expect(FirstDeployFacts.safeParse(JSON.parse(JSON.stringify(seen))).success).toBe(true);
  });

  test("does not take one place that can't be looked at for an empty one", async () => {
    const look = (id: SecretId) => (id === "license" ? denied() : Promise.resolve(place(id)));
    expect(await given({ vault: { look } }).facts()).toMatchObject({ filled: [], unread: [{ what: "the vault" }] });
  });
});
