import { HttpResponse } from "@smithy/core/protocols";
import { callerOf } from "@steward/aws/caller";
import { createClientsOf, secrets } from "@steward/aws/clients";
import { createVault, wasRefused } from "@steward/aws/vault";
import { Permanent } from "@steward/core/errors";
import { names } from "@steward/core/topology/names";
import { describe, expect, test } from "vitest";

const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "none" };

/** Settings of clients that get these answers, in turn, whatever they ask; the last one again and again. */
function answering(...answers: [status: number, body: string][]) {
  let asked = 0;
  const handle = async () => {
    const [statusCode, body] = answers[Math.min(asked++, answers.length - 1)] ?? [500, ""];
    return { response: new HttpResponse({ statusCode, headers: { "content-type": "application/x-amz-json-1.1" }, body: Buffer.from(body) }) };
  };
  const requestHandler = {
    metadata: { handlerProtocol: "http/1.1" },
    handle,
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
  return { config: { region: "eu-central-1", credentials, maxAttempts: 1, requestHandler }, asked: () => asked };
}

const vaultThat = (...answers: [status: number, body: string][]) =>
  createVault(createClientsOf({ secrets }, answering(...answers).config).secrets, names("demo"));
const refused = async (work: Promise<unknown>): Promise<Error> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error : expect.fail("nothing was refused");
};

describe("the vault", () => {
  test("says nothing of an answer that is no JSON, because its text is the secret", async () => {
    const error = await refused(vaultThat([200, '{"SecretString": top-secret-value-7d1"']).read("license"));
    expect(error).toBeInstanceOf(Permanent);
    for (const words of [error.message, String(error.cause), error.stack]) expect(words).not.toContain("top-secret");
  });

  test("knows a place that is empty from one that is not there", async () => {
    const none = (words: string): [number, string] => [400, JSON.stringify({ __type: "ResourceNotFoundException", Message: words })];
    expect(await vaultThat(none("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")).read("license")).toBeUndefined();
    await expect(vaultThat(none("Secrets Manager can't find the specified secret.")).read("license")).rejects.toThrow(
      "read steward/demo/license: ResourceNotFoundException",
    );
  });

  test("counts a place as filled only by the version that counts, and a tag that says nothing as none", async () => {
    const look = (described: object) => vaultThat([200, JSON.stringify(described)]).look("encryption-key");
    expect(await look({})).toEqual({
      id: "encryption-key",
      name: "steward/demo/encryption-key",
      filled: false,
      fingerprint: null,
      offlineCopy: null,
      goesOn: null,
    });
    expect(await look({ VersionIdsToStages: { a: ["AWSPENDING"] } })).toMatchObject({ filled: false });
    expect(await look({ VersionIdsToStages: { a: ["AWSPREVIOUS"], b: ["mine", "AWSCURRENT"] } })).toMatchObject({ filled: true });
    for (const Value of ["", "yes", `${"a".repeat(64)} soon`, `${"a".repeat(63)} 2026-01-05T09:00:00.000Z`])
      expect(await look({ Tags: [{ Key: "steward:offline-copy", Value }] })).toMatchObject({ offlineCopy: null });
    const offlineCopy = { fingerprint: "a".repeat(64), confirmed: new Date("2026-01-05T09:00:00.000Z") };
    expect(await look({ Tags: [{ Key: "steward:offline-copy", Value: `${"a".repeat(64)} 2026-01-05T09:00:00.000Z` }] })).toMatchObject({ offlineCopy });
  });

  test("tells a refusal, after which nothing was done, from a call that may have been done", async () => {
    const no = (status: number, __type: string): [number, string] => [status, JSON.stringify({ __type, Message: "no" })];
    const put = (...answers: [number, string][]) => refused(vaultThat([200, "{}"], ...answers).putFirst("encryption-key", "text"));
    expect(wasRefused(await put(no(400, "AccessDeniedException")))).toBe(true);
    expect(wasRefused(await put(no(400, "EncryptionFailure")))).toBe(true);
    expect(wasRefused(await put(no(500, "InternalServiceError")))).toBe(false);
    expect(wasRefused(await put(no(400, "ThrottlingException")))).toBe(false);
    expect(wasRefused(new Error("ours"))).toBe(false);
  });
});

describe("a caller", () => {
  const identity = (account: string) =>
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/a</Arn><UserId>AIDA</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;

  test("of the account that is meant gets clients; of another one, nothing but that question is asked", async () => {
    const right = answering([200, identity("111122223333")]);
    expect((await callerOf({ secrets }, { account: "111122223333", ...right.config })).arn).toBe("arn:aws:iam::111122223333:user/a");
    const wrong = answering([200, identity("444455556666")]);
    const error = await refused(callerOf({ secrets }, { account: "111122223333", ...wrong.config }));
    expect(error).toBeInstanceOf(Permanent);
    expect(error.message).toContain("of account 444455556666 (arn:aws:iam::444455556666:user/a); the stage is in account 111122223333");
    expect(wrong.asked()).toBe(1);
  });
});
