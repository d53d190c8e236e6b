import { ACCOUNT_ID, type Account } from "../account/account.ts";
import type { Principal } from "../account/principal.ts";

const everything: Principal["policy"] = { Version: "2012-10-17", Statement: [{ Sid: "Everything", Effect: "Allow", Action: ["*"], Resource: ["*"] }] };

/** An administrator of the account: an IAM user who may do everything; the secret is no secret. */
function administrator(account: Account, name: string, accessKeyId: string): Principal {
  const principal: Principal = { arn: `arn:aws:iam::${ACCOUNT_ID}:user/${name}`, accessKeyId, secretAccessKey: "any", policy: everything };
  account.principals.set(accessKeyId, principal);
  return principal;
}

/** The person who looks into the account and repairs by hand: access key `AKIASTEWARDOPERATOR0`, secret `any`. */
export const addOperator = (account: Account): Principal => administrator(account, "operator", "AKIASTEWARDOPERATOR0");

/** Who runs the deploys: access key `AKIASTEWARDDEPLOYER0`, secret `any`. */
export const addDeployer = (account: Account): Principal => administrator(account, "deployer", "AKIASTEWARDDEPLOYER0");
