import type { PolicyStatement } from "@steward/core/topology/policy";
import { Account } from "@steward/simulator/account/account";
import { AwsError, type Right } from "@steward/simulator/account/operation";
import type { Principal } from "@steward/simulator/account/principal";
import { installRights } from "@steward/simulator/iam/rights";
import { beforeEach, describe, expect, test } from "vitest";

const TOPIC = "arn:aws:sns:us-east-1:123456789012:people";
const publish: Right = { action: "sns:Publish", resources: [TOPIC] };
const allow = (Action: string[], Resource: string[]): PolicyStatement => ({ Effect: "Allow", Action, Resource });
const caller = (...Statement: PolicyStatement[]): Principal => ({
  arn: "arn:aws:sts::123456789012:assumed-role/alert/alert",
  accessKeyId: "ASIA0",
  secretAccessKey: "any",
  functionName: "alert",
  policy: { Version: "2012-10-17", Statement },
});

let account: Account;
beforeEach(() => {
  account = new Account();
  account.add({
    id: "sns",
    iamPrefix: "sns",
    module: {},
    protocol: "query",
    operations: { Publish: { rights: () => [publish], run: () => ({ MessageId: "1" }) }, ListTopics: { run: () => ({}) } },
  });
});

describe("an account with installed rights", () => {
  test("lets a call through that the caller's policy allows", async () => {
    installRights(account);
    await expect(account.call(caller(allow(["sns:Publish"], [TOPIC])), "sns", "Publish", {})).resolves.toEqual({ MessageId: "1" });
  });

  test("refuses in AWS's words what no policy allows, and puts it on the record", async () => {
    installRights(account);
    const refused = account.call(caller(allow(["sns:Publish"], [`${TOPIC}-else`])), "sns", "Publish", {});
    await expect(refused).rejects.toThrow(
      new AwsError(
        "AccessDenied",
        `User: arn:aws:sts::123456789012:assumed-role/alert/alert is not authorized to perform: sns:Publish on resource: ${TOPIC} because no identity-based policy allows the sns:Publish action`,
        403,
      ),
    );
    expect(account.record).toMatchObject([{ operation: "Publish", functionName: "alert", error: "AccessDenied" }]);
  });

  test("asks for the operation's own action where the operation does not say what it needs", async () => {
    installRights(account);
    await expect(account.call(caller(allow(["sns:ListTopics"], ["*"])), "sns", "ListTopics", {})).resolves.toEqual({});
  });

  test("does not work with a policy that AWS would not understand", () => {
    installRights(account);
    expect(() => account.authorize(caller(allow(["sns:Pubish"], [TOPIC])), publish)).toThrow(
      "the policy does not mean what it says: statement 1: AWS knows no action sns:Pubish",
    );
  });
});

describe("the record of rights", () => {
  test("keeps each distinct question once", () => {
    const rights = installRights(account);
    const alert = caller(allow(["sns:Publish"], [TOPIC]));
    for (let times = 0; times < 3; times++) account.authorize(alert, publish);
    account.authorize(alert, { action: "sns:Publish", resources: ["arn:aws:sns:us-east-1:123456789012:else"] });
    expect(rights.decisions.map(({ right, verdict }) => [right.resources[0], verdict.allowed])).toEqual([
      [TOPIC, true],
      ["arn:aws:sns:us-east-1:123456789012:else", false],
    ]);
  });

  test("names grants that no call has needed, by statement, action and resource", () => {
    const rights = installRights(account);
    const alert = caller(allow(["sns:Publish", "sns:Subscribe"], [TOPIC, `${TOPIC}-else`]), allow(["sqs:SendMessage"], ["*"]));
    expect(rights.unused(alert)).toHaveLength(2);
    account.authorize(alert, publish);
    expect(rights.usedStatements(alert)).toEqual([{ statement: 0, action: "sns:Publish", resource: TOPIC }]);
    expect(rights.unused(alert)).toEqual([
      "statement 1 never needs the action sns:Subscribe",
      `statement 1 never needs the resource ${TOPIC}-else`,
      "statement 2 is never used: sqs:SendMessage on *",
    ]);
  });

  test("counts a grant as unused while it only appears in refused calls", () => {
    const rights = installRights(account);
    const alert = caller(allow(["sns:Publish"], [TOPIC]));
    account.authorize(alert, { action: "sns:Publish", resources: [TOPIC, "arn:aws:sns:us-east-1:123456789012:else"] });
    expect(rights.unused(alert)).toEqual([`statement 1 is never used: sns:Publish on ${TOPIC}`]);
  });
});
