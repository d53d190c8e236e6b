import { createCopies } from "@steward/aws/copies";
import { Permanent } from "@steward/core/errors";
import { describe, expect, test } from "vitest";
import { awsError, refuse, stubAws } from "./stub-aws.ts";

const KEY = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef";
const config = { stage: "demo", from: "eu-central-1", kmsKeyArn: KEY, now: () => new Date() };

function copying(answer: () => unknown) {
  const aws = stubAws({ CopySnapshot: answer, DeleteSnapshot: () => ({}) });
  return { store: createCopies(aws.clients.ec2There, aws.clients.ec2ThereOnce, config), inputs: aws.inputs };
}
const copyOf = (answer: () => unknown) => copying(answer).store.copy({ sourceId: "snap-1", tags: { "steward:stage": "demo" } });

describe("a copy", () => {
  test("is asked for from the source's region, under the key there, with its tags", async () => {
    const { store, inputs } = copying(() => ({ SnapshotId: "snap-there" }));
    expect(await store.copy({ sourceId: "snap-1", tags: { "steward:stage": "demo" } })).toEqual({ id: "snap-there" });
    expect(inputs("CopySnapshot")).toEqual([
      {
        SourceRegion: "eu-central-1",
        SourceSnapshotId: "snap-1",
        Encrypted: true,
        KmsKeyId: KEY,
        TagSpecifications: [{ ResourceType: "snapshot", Tags: [{ Key: "steward:stage", Value: "demo" }] }],
      },
    ]);
    expect(await store.delete("snap-there")).toEqual({ kind: "deleted" });
  });

  test.each([
    ["too many on their way", awsError("ResourceLimitExceeded", "Too many snapshot copies in progress.")],
    ["throttling", awsError("RequestLimitExceeded", "Request limit exceeded.", 503)],
  ])("waits after %s", async (_what, error) => {
    expect(await copyOf(() => Promise.reject(error))).toBe("limit");
  });

  test.each([
    ["an error of EC2's own", () => Promise.reject(awsError("InternalError", "An internal error has occurred", 500))],
    ["a broken line", () => Promise.reject(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }))],
    ["an answer without an id", () => ({})],
  ])("may have been made after %s", async (_what, answer) => {
    expect(await copyOf(answer)).toBe("lost");
  });

  test("fails where EC2 refuses it", async () => {
    await expect(copyOf(refuse("UnauthorizedOperation", "no", 403))).rejects.toBeInstanceOf(Permanent);
    await expect(copyOf(() => Promise.reject(new Permanent("stopped")))).rejects.toThrow("stopped");
  });
});
