import { createClientsOf, secrets } from "@steward/aws/clients";
import { createVault, type Vault } from "@steward/aws/vault";
import { type Filled, fillVault, type KeptKey } from "@steward/cli/secrets/fill";
import { confirmCopy, putKey, putReplaceable } from "@steward/cli/secrets/put";
import { statusOf } from "@steward/cli/secrets/status";
import { verifyVault } from "@steward/cli/secrets/verify";
import { readKey } from "@steward/core/desired/key-fingerprint";
import { LoginSecret, SECRET_IDS, type SecretId } from "@steward/core/desired/vault";
import { names } from "@steward/core/topology/names";
import { sdkHandler } from "@steward/simulator/account/handler";
import { drive } from "@steward/simulator/world/drive";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EmptyVault, emptyVault } from "./a-vault.ts";

const STAGE = "demo";
const NEEDED: readonly SecretId[] = ["encryption-key", "license", "database-login-a", "database-login-b", "fingerprint-salt"];
const nameOf = (id: SecretId) => names(STAGE).secret(id);
const opened = () => drive(() => emptyVault(3, STAGE, SECRET_IDS));

interface Line {
  /** Milliseconds before and after each request, in turn. */
  delays?: readonly number[];
  /** Requests whose answer is lost, counted from 0: the SDK asks again. */
  lost?: readonly number[];
  /** The request at which the process dies, and whether the account took it. */
  killed?: { at: number; taken: boolean } | undefined;
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The vault over a line that is slow, loses answers, or is cut. */
function vaultOf({ account, operator }: EmptyVault, { delays = [0], lost = [], killed }: Line = {}): Vault {
  const handler = sdkHandler(account);
  let turn = 0;
  let requests = 0;
  const wait = () => later(delays[turn++ % delays.length] ?? 0);
  const handle: typeof handler.handle = async (request, options) => {
    const number = requests++;
    await wait();
    if (number === killed?.at && !killed.taken) throw new Error("killed");
    const response = await handler.handle(request, options);
    if (number === killed?.at) throw new Error("killed");
    if (lost.includes(number)) throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    await wait();
    return response;
  };
  const { accessKeyId, secretAccessKey } = operator;
  const credentials = { accessKeyId, secretAccessKey };
  return createVault(createClientsOf({ secrets }, { region: "us-east-1", credentials, requestHandler: { ...handler, handle } }).secrets, names(STAGE));
}

/** A medium that holds at most one key, as a file that is never written over. */
class Medium implements KeptKey {
  key: string | undefined;
  keep(key: string) {
    if (this.key !== undefined) throw new Error("never over another");
    this.key = key;
  }
  discard() {
    this.key = undefined;
  }
}

/** Bytes that differ from call to call and from source to source. */
function bytesOf(source: number): (bytes: number) => Uint8Array {
  let call = 0;
  return (bytes) => {
    call++;
    return Uint8Array.from({ length: bytes }, (_, index) => (source * 101 + call * 37 + index * (source + 7)) % 256);
  };
}

const init = (vault: Vault, source: number, copy: KeptKey) => fillVault(vault, { needed: NEEDED, random: bytesOf(source), copy });
const versionsOf = ({ secrets: all }: EmptyVault, id: SecretId) => all.get(nameOf(id))?.versions ?? [];
const read = (account: EmptyVault, id: SecretId) => vaultOf(account).read(id);
const MADE = NEEDED.filter((id) => id !== "license");

test("an empty place is filled once: a second first value is refused, whoever brings it, and the same one again changes nothing", async () => {
  const account = await opened();
  const vault = vaultOf(account);
  const put = (text: string) => drive(() => vault.putFirst("fingerprint-salt", text));
  expect(await drive(() => vault.read("fingerprint-salt"))).toBeUndefined();
  expect([await put("one"), await put("two"), await put("one")]).toEqual(["vaulted", "occupied", "occupied"]);
  expect(await drive(() => vault.read("fingerprint-salt"))).toBe("one");
  expect(versionsOf(account, "fingerprint-salt")).toHaveLength(1);
});

test("init makes what is missing, leaves what is there, and tells which; a second one makes nothing", async () => {
  const account = await opened();
  const vault = vaultOf(account);
  await drive(() => vault.replace("database-login-b", "by hand"));
  const [medium, second] = [new Medium(), new Medium()];
  const filled = await drive(() => init(vault, 1, medium));
  expect(filled.map(({ id, outcome }) => [id, outcome])).toEqual([
    ["encryption-key", "made"],
    ["database-login-a", "made"],
    ["database-login-b", "was there"],
    ["fingerprint-salt", "made"],
  ]);
  expect(await drive(() => read(account, "database-login-b"))).toBe("by hand");
  expect(await drive(() => read(account, "license"))).toBeUndefined();
  expect(await drive(() => read(account, "encryption-key"))).toBe(medium.key);
  expect(medium.key).toMatch(/^[0-9a-f]{1024}$/);
  expect(LoginSecret.safeParse(JSON.parse((await drive(() => read(account, "database-login-a"))) ?? "")).success).toBe(true);
  expect(await drive(() => read(account, "fingerprint-salt"))).toMatch(/^[0-9a-f]{64}$/);
  const again = await drive(() => init(vault, 2, second));
  expect(again.every(({ outcome }) => outcome === "was there")).toBe(true);
  expect(again[0]?.fingerprint).toBe(filled[0]?.fingerprint);
  expect(second.key).toBeUndefined();
});

const delays = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 12 });
const lost = fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 3 });

test("of two inits at the same time, however they interleave and whatever answers are lost, one key survives and both tell the truth", async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(delays, lost), fc.tuple(delays, lost), fc.nat(1000), async (one, two, seed) => {
      const account = await drive(() => emptyVault(seed, STAGE, NEEDED));
      const media = [new Medium(), new Medium()] as const;
      const [first, second] = await drive(() =>
        Promise.all([one, two].map(([d, l], index) => init(vaultOf(account, { delays: d, lost: l }), index + 1, media[index] as Medium))),
      );
      for (const id of MADE) expect(versionsOf(account, id)).toHaveLength(1);
      const vaulted = await drive(() => read(account, "encryption-key"));
      expect(media.map(({ key }) => key).filter((key) => key !== undefined)).toEqual([vaulted]);
      const reading = readKey(vaulted ?? "");
      if (reading.kind === "invalid") return expect.fail(reading.because);
      const place = await drive(() => vaultOf(account).look("encryption-key"));
      expect([place.fingerprint, first?.[0]?.fingerprint, second?.[0]?.fingerprint]).toEqual(Array(3).fill(reading.fingerprint));
      for (const [index, filled] of [first, second].entries()) {
        expect(filled?.find(({ id }) => id === "encryption-key")?.outcome).toBe(media[index]?.key === vaulted ? "made" : "was there");
      }
      for (const id of MADE) expect(outcomesOf(id, first, second)).toEqual(["made", "was there"]);
    }),
    { numRuns: 60 },
  );
});

const outcomesOf = (id: SecretId, ...all: (Filled[] | undefined)[]) => all.map((filled) => filled?.find((one) => one.id === id)?.outcome).sort();

test("an init that dies at any call leaves no key that nobody holds, and what it left goes on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(12), fc.boolean(), async (at, taken) => {
      const account = await drive(() => emptyVault(7, STAGE, NEEDED));
      const medium = new Medium();
      await drive(() => init(vaultOf(account, { killed: { at, taken } }), 1, medium).catch(() => undefined));
      const vaulted = await drive(() => read(account, "encryption-key"));
      if (vaulted !== undefined) expect(medium.key).toBe(vaulted);
      const kept = medium.key;
      if (kept !== undefined) await drive(() => putKey(vaultOf(account), kept));
      await drive(() => init(vaultOf(account), 2, kept === undefined ? medium : new Medium()));
      expect(await drive(() => read(account, "encryption-key"))).toBe(medium.key);
      for (const id of MADE) expect(versionsOf(account, id)).toHaveLength(1);
      const verified = await drive(() => verifyVault(vaultOf(account), { needed: MADE, now: new Date(), host: null }));
      expect(verified.flatMap(({ problems }) => problems)).toEqual([]);
    }),
    { numRuns: 26 },
  );
});

test("a refusal by AWS vaults nothing, so the copy of a key that nobody uses goes too; without an answer it stays", async () => {
  const account = await opened();
  const [refused, unanswered] = [new Medium(), new Medium()];
  await drive(() => account.api("kms", "DisableKey", { KeyId: account.kmsKeyId }));
  await expect(drive(() => init(vaultOf(account), 1, refused))).rejects.toThrow(/EncryptionFailure/);
  expect(refused.key).toBeUndefined();
  await drive(() => account.api("kms", "EnableKey", { KeyId: account.kmsKeyId }));
  await expect(drive(() => init(vaultOf(account, { killed: { at: 2, taken: true } }), 1, unanswered))).rejects.toThrow("killed");
  expect(unanswered.key).toBe(await drive(() => read(account, "encryption-key")));
});

test("a key is brought along once and never replaced; the same one again is well", async () => {
  const account = await opened();
  const [own, other] = ["ab", "cd"].map((byte) => byte.repeat(512)) as [string, string];
  expect(await drive(() => putKey(vaultOf(account), own))).toMatchObject({ outcome: "vaulted" });
  expect(await drive(() => putKey(vaultOf(account), own))).toMatchObject({ outcome: "was there" });
  await expect(drive(() => putKey(vaultOf(account), other))).rejects.toThrow(/another encryption key .* never replaced/);
  await expect(drive(() => putKey(vaultOf(account), `${own}\n`))).rejects.toThrow(/white space/);
  expect(await drive(() => read(account, "encryption-key"))).toBe(own);
  expect(versionsOf(account, "encryption-key")).toHaveLength(1);
});

test("a licence may be replaced: the one before stays as AWSPREVIOUS, and the same one again makes no version", async () => {
  const account = await opened();
  const put = (text: string) =>
    drive(() => putReplaceable(vaultOf(account), "license", { text, fingerprint: text.length.toString(16).repeat(64).slice(0, 64) }));
  expect([(await put("old\r\n")).outcome, (await put("newer\n")).outcome, (await put("newer\n")).outcome]).toEqual(["vaulted", "replaced", "was there"]);
  expect(await drive(() => read(account, "license"))).toBe("newer\n");
  expect(versionsOf(account, "license").map(({ stages }) => stages)).toEqual([["AWSPREVIOUS"], ["AWSCURRENT"]]);
  const previous = await drive(() => account.api("secretsmanager", "GetSecretValue", { SecretId: nameOf("license"), VersionStage: "AWSPREVIOUS" }));
  expect(previous.SecretString).toBe("old\r\n");
});

test("a copy is confirmed only where it is of the vault's key, and counts no more once the tag names another key", async () => {
  const account = await opened();
  const vault = vaultOf(account);
  const key = "ab".repeat(512);
  const copyState = async () => (await drive(() => statusOf(vault, { needed: NEEDED, stage: STAGE })))[0]?.offlineCopy?.state;
  await expect(drive(() => confirmCopy(vault, key, new Date()))).rejects.toThrow("no encryption key yet");
  await drive(() => putKey(vault, key));
  await expect(drive(() => confirmCopy(vault, "cd".repeat(512), new Date()))).rejects.toThrow("of another key");
  expect(await copyState()).toBe("unconfirmed");
  await drive(() => confirmCopy(vault, key, new Date("2026-02-03T04:05:06Z")));
  expect(await drive(() => vault.look("encryption-key"))).toMatchObject({ offlineCopy: { confirmed: new Date("2026-02-03T04:05:06Z") } });
  expect(await copyState()).toBe("confirmed");
  await drive(() => vault.nameValue("encryption-key", "f".repeat(64)));
  expect(await copyState()).toBe("unconfirmed");
});

test("a place that is to be deleted is neither filled nor read, and says when it goes", async () => {
  const account = await opened();
  await drive(() => account.api("secretsmanager", "DeleteSecret", { SecretId: nameOf("encryption-key") }));
  const [place] = await drive(() => statusOf(vaultOf(account), { needed: NEEDED, stage: STAGE }));
  expect(place).toMatchObject({ state: "to be deleted", next: expect.stringContaining(`restore-secret --secret-id ${nameOf("encryption-key")}`) });
  const [verified] = await drive(() => verifyVault(vaultOf(account), { needed: NEEDED, now: new Date(), host: null }));
  expect(verified?.problems).toEqual(["it is to be deleted"]);
  const medium = new Medium();
  await expect(drive(() => init(vaultOf(account), 1, medium))).rejects.toThrow(/InvalidRequestException/);
  expect(medium.key).toBeUndefined();
});

test("bytes that somebody put by other means are refused, and read as nothing", async () => {
  const account = await opened();
  await drive(() =>
    account.api("secretsmanager", "PutSecretValue", { SecretId: nameOf("license"), SecretBinary: new Uint8Array([1, 2]), ClientRequestToken: "b".repeat(32) }),
  );
  await expect(drive(() => vaultOf(account).read("license"))).rejects.toThrow("holds bytes where text belongs");
});

test("verify finds what has the wrong shape, what is tagged wrongly, and logins that are the same", async () => {
  const account = await opened();
  const vault = vaultOf(account);
  await drive(() => init(vault, 1, new Medium()));
  await drive(() => vault.nameValue("encryption-key", "f".repeat(64)));
  await drive(async () => vault.replace("database-login-b", (await vault.read("database-login-a")) ?? ""));
  await drive(() => vault.replace("fingerprint-salt", "short"));
  await drive(() => vault.replace("license", "  "));
  const verified = await drive(() => verifyVault(vault, { needed: NEEDED, now: new Date(), host: null }));
  expect(Object.fromEntries(verified.map(({ id, problems, warnings }) => [id, [...problems, ...warnings]]))).toEqual({
    "encryption-key": [`its place is tagged with another fingerprint, ${"f".repeat(64)}`, "nobody has confirmed an offline copy"],
    license: ["the licence is empty"],
    "database-login-a": [],
    "database-login-b": ["both logins have the same password"],
    "fingerprint-salt": ["it is not 32 random bytes in hexadecimal"],
  });
});

test("no value is in the record of calls, in a tag, or in what a person is told", async () => {
  const account = await opened();
  const vault = vaultOf(account);
  const medium = new Medium();
  const told = JSON.stringify(await drive(async () => [await init(vault, 1, medium), await statusOf(vault, { needed: NEEDED, stage: STAGE })]));
  const verified = JSON.stringify(await drive(() => verifyVault(vault, { needed: NEEDED, now: new Date(), host: null })));
  const tags = JSON.stringify([...account.secrets.values()].map((secret) => secret.tags));
  for (const id of MADE) {
    const value = (await drive(() => read(account, id))) ?? "";
    for (const place of [told, verified, tags, JSON.stringify(account.account.record)]) expect(place).not.toContain(value);
  }
});
