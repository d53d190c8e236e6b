import { Account } from "@steward/simulator/account/account";
import type { Principal } from "@steward/simulator/account/principal";
import { addSts } from "@steward/simulator/services/sts/sts";
import { drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { expect, test } from "vitest";

const principal = (arn: string): Principal => ({ arn, accessKeyId: "AKIA", secretAccessKey: "s", policy: { Version: "2012-10-17", Statement: [] } });
const identify = (arn: string) => {
  resetWorld(1);
  const account = new Account();
  addSts(account);
  return drive(() => account.call(principal(arn), "sts", "GetCallerIdentity", {}));
};

test("tells a role session who it is, without any right", async () => {
  const arn = "arn:aws:sts::123456789012:assumed-role/steward-demo-observe/session-1";
  expect(await identify(arn)).toEqual({ Account: "123456789012", Arn: arn, UserId: expect.stringMatching(/^AROA[A-Z2-7]{17}:session-1$/) });
});

test("tells a user who they are", async () => {
  const arn = "arn:aws:iam::123456789012:user/operator";
  expect(await identify(arn)).toEqual({ Account: "123456789012", Arn: arn, UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/) });
});

test("gives one role one id, and two roles two", async () => {
  const id = async (role: string) => ((await identify(`arn:aws:sts::123456789012:assumed-role/${role}/s`)) as { UserId: string }).UserId;
  expect(await id("a")).toBe(await id("a"));
  expect(await id("a")).not.toBe(await id("b"));
});
