import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explainFailure } from "@steward/cli/secrets/explain-failure";
import { readCertificate, readVaultedCertificate } from "@steward/cli/secrets/read-certificate";
import { readLicense } from "@steward/cli/secrets/read-license";
import { Permanent, Retryable } from "@steward/core/errors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AUTHORITY, LOCKED_KEY, OTHER_KEY, SERVER, SERVER_KEY } from "./certificates.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

describe("a licence", () => {
  test("that is text is good, and named by the digest of its bytes", () => {
    expect(readLicense("abc")).toEqual({ kind: "good", fingerprint: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", warnings: [] });
  });

  test.each(["2027-11-30_rspm_example_KEY.lic", "2027-11-30_package-manager_Example_and_Sons_A1-B2.lic"])("named %s is named well", (name) => {
    expect(readLicense("abc", name)).toMatchObject({ warnings: [] });
  });

  test.each(["license.lic", "2027_rspm_KEY.lic", "2027-11-30_rspm_example_KEY.txt"])("named %s is asked about", (name) => {
    expect(readLicense("abc", name)).toMatchObject({ kind: "good", warnings: [expect.stringContaining(name)] });
  });
});

describe("a certificate", () => {
  const at = (time: string, host: string | null = null) => ({ now: new Date(time), host });
  const read = (certificate: string, key = SERVER_KEY, asked = at("2030-01-01T00:00:00Z")) => readCertificate({ certificate, "private-key": key }, asked);

  test("with its key is good, and named by its public fingerprint; so it is with its issuer after it, and out of the vault", () => {
    const reading = read(SERVER);
    expect(reading).toEqual({ kind: "good", fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/), warnings: [] });
    expect(read(SERVER + AUTHORITY)).toEqual(reading);
    expect(readVaultedCertificate(JSON.stringify({ certificate: SERVER, "private-key": SERVER_KEY }), at("2030-01-01T00:00:00Z"))).toEqual(reading);
  });

  test.each([
    ["another key", () => read(SERVER, OTHER_KEY), "the private key is not that of the first certificate"],
    ["its issuer before it", () => read(AUTHORITY + SERVER), "the private key is not that of the first certificate"],
    ["a passphrase", () => read(SERVER, LOCKED_KEY), "the private key has a passphrase"],
    ["no key", () => read(SERVER, "none"), "the private key cannot be parsed"],
    ["no certificate", () => read("none"), "there is no PEM certificate"],
    ["a broken certificate", () => read(SERVER.replace(/\n.{20}/, "\nbroken")), "cannot be parsed"],
    ["a key among the certificates", () => read(SERVER + SERVER_KEY), "holds a private key too"],
    ["its end behind it", () => read(SERVER, SERVER_KEY, at("2036-11-20T00:00:00Z")), "CN=packages.example.com expired at 2036-11-19T19:55:31.000Z"],
    ["its beginning before it", () => read(SERVER, SERVER_KEY, at("2026-11-01T00:00:00Z")), "is not valid before 2026-11-22T19:55:31.000Z"],
    ["nothing of its shape in the vault", () => readVaultedCertificate("{}", at("2030-01-01T00:00:00Z")), "not a certificate with its private key"],
    ["no JSON in the vault", () => readVaultedCertificate(SERVER_KEY, at("2030-01-01T00:00:00Z")), "not a certificate with its private key"],
  ])("with %s is bad", (_what, reading, words) => {
    expect(reading()).toEqual({ kind: "bad", because: expect.stringContaining(words) });
  });

  test("is warned of when it ends soon, is for another name, or its chain is out of order", () => {
    expect(read(SERVER, SERVER_KEY, at("2036-11-01T00:00:00Z"))).toMatchObject({ warnings: ["the certificate expires in 18 days"] });
    expect(read(SERVER, SERVER_KEY, at("2030-01-01T00:00:00Z", "other.example.com"))).toMatchObject({
      warnings: [expect.stringContaining("is not for other.example.com")],
    });
    expect(read(SERVER, SERVER_KEY, at("2030-01-01T00:00:00Z", "packages.example.com"))).toMatchObject({ warnings: [] });
    expect(read(SERVER + SERVER)).toMatchObject({ warnings: [expect.stringContaining("not in order")] });
  });
});

describe("a failure of AWS is told with what to do next", () => {
  const aws = (name: string, message: string, code?: string) => Object.assign(new Error(message), { name, ...(code && { code }) });
  const explain = (cause: Error, profile?: string) =>
    explainFailure(new Permanent(`read x: ${cause.message}`, { cause }), { stage: "demo", account: "1", region: "eu-west-1", profile });

  test.each([
    [
      aws("ExpiredTokenException", "The security token included in the request is expired"),
      undefined,
      "the credentials have expired; log in again, for example: aws sso login\n",
    ],
    [aws("ExpiredToken", "The security token included in the request is expired"), "work", "aws sso login --profile work\n"],
    [aws("CredentialsProviderError", "Token is expired. To refresh this SSO session run 'aws sso login'"), "work", "the login has expired or was never made"],
    [aws("CredentialsProviderError", "Could not load credentials from any providers"), undefined, "there are no credentials; --profile <name>, AWS_PROFILE"],
    [aws("CredentialsProviderError", "Could not resolve credentials using profile: [wrk]"), "wrk", "the profile wrk gives no credentials"],
    [aws("InvalidClientTokenId", "The security token included in the request is invalid."), undefined, "AWS does not take these credentials"],
    [aws("ResourceNotFoundException", "Secrets Manager can't find the specified secret."), undefined, "no such place in account 1, region eu-west-1"],
    [aws("DecryptionFailure", "Secrets Manager can't decrypt"), undefined, "the vault's key alias/steward-demo-vault is disabled, to be deleted"],
    [aws("Error", "connect ECONNREFUSED 127.0.0.1:9", "ECONNREFUSED"), undefined, "AWS cannot be reached from here"],
    [aws("LimitExceededException", "too many"), undefined, "too many versions"],
  ])("%#", (cause, profile, words) => {
    expect(explain(cause, profile)).toContain(words);
  });

  test("one that nobody knows keeps AWS's words, and says to try again only where that may help", () => {
    const where = { stage: "demo", account: "1", region: "eu-west-1", profile: undefined };
    expect(explainFailure(new Permanent("read x: Strange: no", { cause: aws("Strange", "no") }), where)).toBe("read x: Strange: no");
    expect(explainFailure(new Retryable("read x: Slow: no", { cause: aws("Slow", "no") }), where)).toBe("read x: Slow: no; try again in a moment");
    expect(explainFailure(new TypeError("ours"), where)).toBeUndefined();
  });
});

describe("the command, as a shell runs it, over HTTP", () => {
  const folder = mkdtempSync(join(tmpdir(), "steward-secrets-"));
  const config = join(folder, "steward.config.ts");
  let server: ChildProcess;
  let endpoint: string;

  beforeAll(async () => {
    const place = { account: "123456789012", region: "us-east-1", network: { zones: ["us-east-1a", "us-east-1b"] } };
    const demo = { topology: "ha", ...place, plainHttp: true, alerts: { people: ["people@example.com"] } };
    writeFileSync(config, `export default ${JSON.stringify({ stages: { demo } })};\n`);
    server = spawn(process.execPath, [join(ROOT, "test/cli/secrets-account.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
    const [port] = (await once(server.stdout as NonNullable<typeof server.stdout>, "data")) as [Buffer];
    endpoint = `http://127.0.0.1:${port.toString().trim()}`;
  });
  afterAll(() => {
    server.stdin?.end();
    rmSync(folder, { recursive: true });
  });

  const OPERATOR = { AWS_ACCESS_KEY_ID: "AKIASTEWARDOPERATOR0", AWS_SECRET_ACCESS_KEY: "any" };
  const secrets = (args: string[], { input = "", credentials = OPERATOR }: { input?: string; credentials?: Record<string, string> } = {}) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const env = { PATH: process.env.PATH, HOME: folder, AWS_ENDPOINT_URL: endpoint, AWS_EC2_METADATA_DISABLED: "true", ...credentials };
      const words = [join(ROOT, "packages/cli/bin/steward.mjs"), "secrets", ...args, "--file", config];
      const child = execFile(process.execPath, words, { cwd: folder, env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
      child.stdin?.end(input);
    });

  test("from empty to full; the licence comes by a pipe, byte for byte, and no secret is printed", async () => {
    const file = join(folder, "copy.key");
    expect(await secrets(["status"])).toMatchObject({ code: 1, stderr: "" });
    const made = await secrets(["init", "--offline-copy", file]);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(await secrets(["put", "license", "--from", "-"], { input: "licence\r\n" })).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining("license vaulted"),
    });
    expect(await secrets(["confirm-offline-copy", "--from", "-"], { input: readFileSync(file, "utf8") })).toMatchObject({ code: 0, stderr: "" });
    const [status, verified] = [await secrets(["status"]), await secrets(["verify"])];
    expect([status.code, verified.code]).toEqual([0, 0]);
    for (const { stdout } of [made, status, verified]) for (const value of [readFileSync(file, "utf8"), "licence\r\n"]) expect(stdout).not.toContain(value);
  });

  test("with credentials that AWS does not know, or none, it is code 2 and one sentence", async () => {
    const stranger = { AWS_ACCESS_KEY_ID: "AKIANOBODYNOBODYNOBO", AWS_SECRET_ACCESS_KEY: "any" };
    expect(await secrets(["status"], { credentials: stranger })).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("error: AWS does not take these credentials"),
    });
    expect(await secrets(["status"], { credentials: {} })).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("error: there are no credentials"),
    });
    const profile = await secrets(["status", "--profile", "wrk"], { credentials: {} });
    expect(profile).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("error: the profile wrk gives no credentials") });
  });

  test.each([
    [["inti"], "Did you mean init?"],
    [["status", "--stag", "demo"], "Did you mean --stage?"],
    [["confirm-offline-copy"], "required option '--from <file>' not specified"],
    [["put"], "missing required argument 'what'"],
    [["init", "--offline-copy", join(folder, "none", "a.key"), "--stage", "moon"], "stages.moon is not there"],
  ])("a wrong call ends with code 2 and says what there is: %j", async (args, says) => {
    expect(await secrets(args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(says) });
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});
