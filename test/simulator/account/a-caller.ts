import type { PolicyStatement } from "@steward/core/topology/policy";
import { ACCOUNT_ID, type Account } from "@steward/simulator/account/account";
import { sdkHandler } from "@steward/simulator/account/handler";
import type { Principal } from "@steward/simulator/account/principal";
import { drive } from "@steward/simulator/world/drive";
import { expect } from "vitest";

/** One allow of an identity's policy, on everything unless told otherwise. */
export const allow = (Action: string | string[], Resource: string | string[] = "*", Condition?: PolicyStatement["Condition"]): PolicyStatement => ({
  Effect: "Allow",
  Action: [Action].flat(),
  Resource: [Resource].flat(),
  ...(Condition && { Condition }),
});

/** A role session of the account with these statements as its policy; the role is called as the session. */
export function aRole(account: Account, name: string, ...Statement: PolicyStatement[]): Principal {
  const accessKeyId = `ASIA${name.toUpperCase()}`;
  const arn = `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${name}/session`;
  const principal: Principal = { arn, accessKeyId, secretAccessKey: "secret", policy: { Version: "2012-10-17", Statement } };
  account.principals.set(accessKeyId, principal);
  return principal;
}

/** ARN of the role behind a session made by `aRole`. */
export const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT_ID}:role/${name}`;

/** Settings of an unmodified SDK client in a principal's hands. */
export const settingsOf = (account: Account, { accessKeyId, secretAccessKey }: Principal) => ({
  region: "us-east-1",
  credentials: { accessKeyId, secretAccessKey },
  maxAttempts: 1,
  requestHandler: sdkHandler(account),
});

/** What a call is refused with, in virtual time; fails the test when it succeeds. */
export async function refusal(work: () => Promise<unknown>): Promise<{ name: string; message: string; status: number | undefined }> {
  const error = await drive(work).then(
    () => undefined,
    (reason: unknown) => reason as Error & { $metadata?: { httpStatusCode?: number } },
  );
  if (!error) return expect.fail("the call succeeded");
  if (!error.$metadata) throw error;
  return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode };
}
