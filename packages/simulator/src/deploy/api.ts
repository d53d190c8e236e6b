import type { Account } from "../account/account.ts";
import { AwsError, type InputOf, type Names, type OutputOf } from "../account/operation.ts";
import type { Principal } from "../account/principal.ts";

interface Modules {
  autoscaling: typeof import("@aws-sdk/client-auto-scaling");
  cloudwatch: typeof import("@aws-sdk/client-cloudwatch");
  dynamodb: typeof import("@aws-sdk/client-dynamodb");
  ec2: typeof import("@aws-sdk/client-ec2");
  elbv2: typeof import("@aws-sdk/client-elastic-load-balancing-v2");
  events: typeof import("@aws-sdk/client-eventbridge");
  imagebuilder: typeof import("@aws-sdk/client-imagebuilder");
  kms: typeof import("@aws-sdk/client-kms");
  lambda: typeof import("@aws-sdk/client-lambda");
  rds: typeof import("@aws-sdk/client-rds");
  s3: typeof import("@aws-sdk/client-s3");
  secretsmanager: typeof import("@aws-sdk/client-secrets-manager");
  sns: typeof import("@aws-sdk/client-sns");
  sqs: typeof import("@aws-sdk/client-sqs");
  ssm: typeof import("@aws-sdk/client-ssm");
  sts: typeof import("@aws-sdk/client-sts");
}

/** One API call of the account, typed by the SDK, made by whoever this was made for. */
export type Api = <Id extends keyof Modules, Name extends Names<Modules[Id]>>(
  service: Id,
  operation: Name,
  input: InputOf<Modules[Id], Name>,
) => Promise<OutputOf<Modules[Id], Name>>;

/** The account's own API in one principal's hands: the same checks as on the wire, without the wire. */
export const apiOf =
  (account: Account, principal: Principal): Api =>
  (service, operation, input) =>
    account.call(principal, service, operation, input) as Promise<never>;

const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 500;

/** Waits and asks again where AWS throttles, as the SDK of a deploy tool does; every other error is passed on. */
export function patient(api: Api): Api {
  return async (service, operation, input) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await api(service, operation, input);
      } catch (error) {
        if (attempt === ATTEMPTS || !(error instanceof AwsError && error.code === "Throttling")) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
    }
  };
}
