import * as module from "@aws-sdk/client-sts";
import { ACCOUNT_ID, type Account } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import type { Principal } from "../../account/principal.ts";

/** STS has no state of its own in this account. */
export interface Sts {
  /** The unique id that STS reports for a caller, the same for the same role or user. */
  userId: (principal: Principal) => string;
}

const operations: Operations<typeof module> = {
  GetCallerIdentity: {
    // "No permissions are required to perform this operation" (API reference, GetCallerIdentity).
    rights: () => [],
    run: (_input, { principal }) => ({ Account: ACCOUNT_ID, Arn: principal.arn, UserId: userId(principal) }),
  },
};

/** Adds STS: who is calling, nothing else. */
export function addSts(account: Account): Sts {
  account.add({ id: "sts", iamPrefix: "sts", module, protocol: "query", namespace: "https://sts.amazonaws.com/doc/2011-06-15/", operations });
  return { userId };
}

/** `AROA…:session` for a role session, `AIDA…` for a user; IAM user guide, "Unique identifiers". */
function userId({ arn }: Principal): string {
  const [kind, name = "", session] = arn.slice(arn.lastIndexOf(":") + 1).split("/");
  const unique = (prefix: string) => prefix + digits(name);
  return kind === "assumed-role" ? `${unique("AROA")}:${session}` : unique("AIDA");
}

/** 17 characters of AWS's base 32, derived from the name so that the same name has the same id. */
function digits(name: string): string {
  let state = 2166136261;
  for (const character of name) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16777619);
  return Array.from({ length: 17 }, () => {
    state = Math.imul(state ^ (state >>> 13), 1540483477) + 1;
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(state >>> 8) & 31];
  }).join("");
}
