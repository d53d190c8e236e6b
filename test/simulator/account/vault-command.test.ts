import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secretsCommand } from "@steward/cli/commands/secrets";
import type { Surroundings } from "@steward/cli/secrets/actions";
import { UsageError } from "@steward/cli/usage-error";
import { readKey } from "@steward/core/desired/key-fingerprint";
import type { SecretId } from "@steward/core/desired/vault";
import { names } from "@steward/core/topology/names";
import type { PolicyStatement } from "@steward/core/topology/policy";
import { sdkHandler } from "@steward/simulator/account/handler";
import type { Principal } from "@steward/simulator/account/principal";
import { drive } from "@steward/simulator/world/drive";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { OTHER_KEY, SERVER, SERVER_KEY } from "../../cli/certificates.ts";
import { allow, aRole } from "./a-caller.ts";
import { type EmptyVault, emptyVault } from "./a-vault.ts";

const NOW = new Date("2027-01-01T12:00:00Z");
const folder = mkdtempSync(join(tmpdir(), "steward-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));
const common = { account: "123456789012", region: "us-east-1", network: { zones: ["us-east-1a", "us-east-1b"] }, alerts: { people: ["people@example.com"] } };
const config = write("steward.config.ts", () => {
  const ha = { topology: "ha", ...common, plainHttp: true };
  const stages = {
    demo: ha,
    abroad: { ...ha, account: "210987654321" },
    floating: { ...ha, packageManager: { license: { kind: "floating", server: "licences.example.com:8989" } } },
    team: { topology: "single", ...common, access: { from: ["203.0.113.0/24"] }, packageManager: { address: "https://packages.example.com" } },
  };
  return `export default ${JSON.stringify({ stages })};\n`;
});

function write(name: string, text: string | (() => string), mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, typeof text === "string" ? text : text(), { mode });
  chmodSync(path, mode);
  return path;
}

const DEMO: SecretId[] = ["encryption-key", "license", "database-login-a", "database-login-b", "fingerprint-salt"];
let account: EmptyVault;
let who: Principal;
let file: string;
let count = 0;
beforeEach(async () => {
  await open("demo", DEMO);
  file = join(folder, `copy-${count++}.key`);
});
async function open(stage: string, places: SecretId[]): Promise<void> {
  account = await drive(() => emptyVault(5, stage, places));
  who = account.operator;
}

interface Ended {
  code: number;
  said: string;
  warned: string;
  refused: string;
}

/** Runs the command as `main` does, in this process, over the wire of the account; a stage other than demo is named. */
async function secrets(...args: string[]): Promise<Ended> {
  const ended: Ended = { code: 0, said: "", warned: "", refused: "" };
  const { accessKeyId, secretAccessKey } = who;
  const around: Surroundings = {
    client: { requestHandler: sdkHandler(account.account), credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 },
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    now: () => NOW,
    say: (text) => {
      ended.said += text;
    },
    warn: (text) => {
      ended.warned += text;
    },
  };
  // The settings are read from the machine's disk, on which the world's clock does not wait.
  const pulse = setInterval(() => {}, 10);
  const named = args.includes("--stage") ? [] : ["--stage", "demo"];
  const command = secretsCommand(ended, around).parseAsync([...args, ...named, "--file", config], { from: "user" });
  await drive(() => command).catch((error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    ended.refused = error.message;
  });
  clearInterval(pulse);
  return ended;
}

const stored = async (id: SecretId, stage = "demo"): Promise<string | undefined> =>
  (await drive(() => account.api("secretsmanager", "GetSecretValue", { SecretId: names(stage).secret(id) }).catch(() => undefined)))?.SecretString;
const calls = () => account.account.record.filter(({ principal }) => principal === who.arn).map(({ operation }) => operation);

describe("the way of a first deploy", () => {
  test("from an empty vault to a full one: each status says what is next", async () => {
    const license = write("2027-11-30_rspm_example_KEY.lic", "licence of\r\nexample\n");
    const empty = await secrets("status");
    expect(empty.code).toBe(1);
    expect(empty.said.trimEnd().split("\n")).toEqual([
      "encryption-key    missing        next: npx steward secrets init --offline-copy <file> --stage demo",
      "license           missing        next: npx steward secrets put license --from <file> --stage demo",
      "database-login-a  missing        next: npx steward secrets init --offline-copy <file> --stage demo",
      "database-login-b  missing        next: npx steward secrets init --offline-copy <file> --stage demo",
      "fingerprint-salt  missing        next: npx steward secrets init --offline-copy <file> --stage demo",
    ]);

    const made = await secrets("init", "--offline-copy", file);
    expect(made).toMatchObject({ code: 0, refused: "", warned: "" });
    expect(made.said).toContain(`The key's only copy outside of AWS is ${file}.`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const key = readFileSync(file, "utf8");
    expect(await stored("encryption-key")).toBe(key);

    expect((await secrets("confirm-offline-copy", "--from", file)).said).toMatch(/^The offline copy is of the vault's key, fingerprint [0-9a-f]{64}\.\n$/);
    expect((await secrets("put", "license", "--from", license)).said).toMatch(/^license vaulted, fingerprint [0-9a-f]{64}\n$/);
    expect(await stored("license")).toBe("licence of\r\nexample\n");

    const full = await secrets("status");
    const reading = readKey(key);
    const fingerprint = reading.kind === "key" ? reading.fingerprint : "";
    expect(full.code).toBe(0);
    expect(full.said).toContain(`encryption-key    there          fingerprint ${fingerprint}; offline copy confirmed 2027-01-01\n`);
    expect(full.said).not.toContain("next:");
    const verified = await secrets("verify");
    expect(verified).toMatchObject({ code: 0, said: expect.stringContaining("their own role, steward-demo-node") });
    expect(verified.said).toContain(`encryption-key    well           fingerprint ${fingerprint}\n`);
    for (const { said } of [empty, made, full, verified]) for (const id of DEMO) expect(said).not.toContain(await stored(id));
  });

  test("status and verify as JSON, without a value", async () => {
    await secrets("init", "--offline-copy", file);
    const status = JSON.parse((await secrets("status", "--json")).said);
    expect(Object.keys(status)).toEqual(["stage", "complete", "places"]);
    expect(status).toMatchObject({ stage: "demo", complete: false });
    expect(status.places[0]).toEqual({
      id: "encryption-key",
      name: "steward/demo/encryption-key",
      state: "there",
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      offlineCopy: { state: "unconfirmed" },
      next: "npx steward secrets confirm-offline-copy --from <file> --stage demo",
    });
    const { code, said } = await secrets("verify", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(said)).toMatchObject({
      well: false,
      places: expect.arrayContaining([{ id: "license", fingerprint: null, problems: ["it is missing"], warnings: [] }]),
    });
  });

  test("status reads no value, and nothing but the caller is asked before the account is known to be right", async () => {
    await secrets("status");
    expect(new Set(calls())).toEqual(new Set(["GetCallerIdentity", "DescribeSecret"]));
    await open("abroad", DEMO);
    const { refused } = await secrets("init", "--stage", "abroad", "--offline-copy", file);
    expect(refused).toContain(
      "these credentials are of account 123456789012 (arn:aws:iam::123456789012:user/operator); the stage is in account 210987654321, so nothing was done",
    );
    expect(calls()).toEqual(["GetCallerIdentity"]);
    expect(existsSync(file)).toBe(false);
  });
});

describe("the offline copy", () => {
  test("is not written where a key is there already; the file that was named is not made", async () => {
    await secrets("init", "--offline-copy", file);
    const other = `${file}.other`;
    expect((await secrets("init", "--offline-copy", other)).said).toContain("No key was made by this call");
    expect(existsSync(other)).toBe(false);
    expect((await secrets("init")).refused).toBe("");
  });

  test("is never written over anything, not even through a link, and not into a git work tree; then nothing is vaulted", async () => {
    const tree = join(folder, "tree");
    mkdirSync(join(tree, ".git"), { recursive: true });
    mkdirSync(join(tree, "deep"), { recursive: true });
    symlinkSync(join(tree, "deep"), join(folder, "way-in"));
    symlinkSync(join(folder, "nothing-there"), join(folder, "dangling"));
    const taken = write("taken.key", "precious");
    for (const [path, words] of [
      [undefined, "--offline-copy <file> says where"],
      [taken, "is never written over"],
      [join(folder, "dangling"), "is never written over"],
      [join(tree, "deep", "a.key"), `lies in the git work tree ${tree}`],
      [join(folder, "way-in", "a.key"), `lies in the git work tree ${tree}`],
      [join(folder, "none", "a.key"), "there is no folder"],
    ] as const) {
      const { refused, said } = await secrets("init", ...(path === undefined ? [] : ["--offline-copy", path]));
      expect({ refused, said }).toEqual({ refused: expect.stringContaining(words), said: "" });
    }
    expect(readFileSync(taken, "utf8")).toBe("precious");
    expect(existsSync(join(folder, "nothing-there"))).toBe(false);
    expect(calls().filter((operation) => operation === "PutSecretValue")).toEqual([]);
  });

  test("stays, and the refusal says so, where the key was vaulted and the next call failed", async () => {
    who = aRole(
      account.account,
      "tagless",
      allow(["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "kms:GenerateDataKey", "kms:Decrypt"]),
    );
    const { refused } = await secrets("init", "--offline-copy", file);
    expect(refused).toContain("TagResource");
    expect(refused).toContain(`The new key stays in ${file}`);
    expect(readFileSync(file, "utf8")).toBe(await stored("encryption-key"));
    who = account.operator;
    expect((await secrets("put", "encryption-key", "--from", file)).said).toMatch(/^encryption-key was there, fingerprint/);
    expect((await secrets("init")).said).toContain("fingerprint-salt  made");
  });

  test("of another key is not confirmed", async () => {
    await secrets("init", "--offline-copy", file);
    const { refused } = await secrets("confirm-offline-copy", "--from", write("other.key", "ab".repeat(512)));
    expect(refused).toContain("the offline copy is of another key");
  });
});

describe("what is put", () => {
  test("is looked at before anything is asked of AWS", async () => {
    for (const [args, words] of [
      [["put", "license", "--from", write("empty.lic", "")], "is empty; nothing was done"],
      [["put", "license", "--from", write("blank.lic", " \n")], "the licence is empty"],
      [["put", "license", "--from", write("zero.lic", "a\0b")], "zero bytes"],
      [["put", "license", "--from", write("large.lic", "a".repeat(70_000))], "65536 at most"],
      [["put", "license", "--from", join(folder, "nowhere.lic")], "cannot be read (ENOENT)"],
      [["put", "license", "--from", folder], "is a folder"],
      [["put", "license"], "--from <file> is needed"],
      [["put", "encryption-key", "--from", write("newline.key", `${"ab".repeat(512)}\n`)], "white space around the key"],
      [["put", "salt", "--from", file], '"salt" cannot be put; there is license, certificate, encryption-key'],
      [["put", "certificate", "--certificate", file, "--private-key", file], "stage demo needs no certificate by its settings"],
      [["put", "license", "--stage", "floating", "--from", file], "stage floating needs no license"],
      [["put", "license", "--stage", "moon", "--from", file], "stages.moon is not there"],
    ] as const) {
      const { refused, said } = await secrets(...args);
      expect({ refused, said }).toEqual({ refused: expect.stringContaining(words), said: "" });
    }
    expect(calls().filter((operation) => operation === "PutSecretValue")).toEqual([]);
  });

  test("is warned of where others may read the file, or its name is not that of a licence", async () => {
    const { warned, said } = await secrets("put", "license", "--from", write("my.lic", "licence", 0o644));
    expect(warned).toContain("! others on this machine may read");
    expect(warned).toContain("! my.lic is not named like a licence file of Posit's");
    expect(said).toContain("license vaulted");
  });

  test("a certificate with its key, for the single server: replaced by the next, and tagged with its public fingerprint", async () => {
    await open("team", ["encryption-key", "license", "certificate", "fingerprint-salt"]);
    const team = ["put", "certificate", "--stage", "team", "--certificate", write("server.crt", SERVER, 0o644)];
    expect((await secrets(...team, "--private-key", write("other-server.key", OTHER_KEY))).refused).toContain(
      "the private key is not that of the first certificate",
    );
    const { said, warned } = await secrets(...team, "--private-key", write("server.key", SERVER_KEY));
    expect({ said, warned }).toEqual({ said: expect.stringMatching(/^certificate vaulted, fingerprint [0-9a-f]{64}\n$/), warned: "" });
    expect(JSON.parse((await stored("certificate", "team")) ?? "")).toEqual({ certificate: SERVER, "private-key": SERVER_KEY });
    const { places } = JSON.parse((await secrets("verify", "--stage", "team", "--json")).said);
    expect(places.find(({ id }: { id: string }) => id === "certificate")).toMatchObject({ problems: [], warnings: [] });
  });
});

describe("a refusal by AWS, in words that say what to do", () => {
  const may = (...statements: PolicyStatement[]) => {
    who = aRole(account.account, "somebody", ...statements);
  };
  const OPERATIONS = ["DescribeSecret", "GetSecretValue", "PutSecretValue", "TagResource"];
  const own = OPERATIONS.map((action) => `secretsmanager:${action}`);

  test.each([
    [
      "no right",
      () => may(),
      "the caller lacks a right; needed on steward/demo/*: secretsmanager:DescribeSecret, GetSecretValue, PutSecretValue and TagResource",
    ],
    [
      "no right to the key",
      () => may(allow(own)),
      "the caller may not use the vault's key alias/steward-demo-vault; needed: kms:GenerateDataKey and kms:Decrypt",
    ],
    [
      "unknown credentials",
      () => {
        who = { ...account.operator, accessKeyId: "AKIANOBODYNOBODYNOBO" };
      },
      "AWS does not take these credentials",
    ],
    ["the key of the vault disabled", () => drive(() => account.api("kms", "DisableKey", { KeyId: account.kmsKeyId })), "alias/steward-demo-vault is disabled"],
    [
      "no places",
      () => open("elsewhere", DEMO),
      "there is no such place in account 123456789012, region us-east-1; a deploy makes it (npx sst deploy --stage demo)",
    ],
  ])("%s", async (_what, arrange, words) => {
    await arrange();
    const { refused, said } = await secrets("init", "--offline-copy", file);
    expect({ refused, said }).toEqual({ refused: expect.stringContaining(words), said: "" });
    expect(existsSync(file)).toBe(false);
  });

  test("the rights that the refusal names are enough for everything, and no more are used", async () => {
    may(
      allow(own, "arn:aws:secretsmanager:us-east-1:123456789012:secret:steward/demo/*"),
      allow(["kms:GenerateDataKey", "kms:Decrypt"], account.kmsKeyId, { StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } }),
    );
    const outcomes = [
      await secrets("init", "--offline-copy", file),
      await secrets("confirm-offline-copy", "--from", file),
      await secrets("put", "license", "--from", write("2028-01-01_rspm_x_KEY.lic", "one")),
      await secrets("put", "license", "--from", write("2029-01-01_rspm_x_KEY.lic", "two")),
      await secrets("status"),
      await secrets("verify"),
    ];
    expect(outcomes.map(({ code, refused }) => ({ code, refused }))).toEqual(outcomes.map(() => ({ code: 0, refused: "" })));
    expect(new Set(calls())).toEqual(new Set(["GetCallerIdentity", ...OPERATIONS]));
  });
});
