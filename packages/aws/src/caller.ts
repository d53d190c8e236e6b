import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { Permanent } from "@steward/core/errors";
import { type ClientConfig, type Clients, createClientsOf, type Makers, sts } from "./clients.ts";
import { calling } from "./failures.ts";

/** A person at a terminal: credentials, endpoint and profile come by the SDK's own chain where they are not given. */
export type Person = ClientConfig & {
  /** The only account in which anything is done. */
  account: string;
};

/** The named clients in a person's hands, and who that is; throws `Permanent` before any other call where the account is not the one meant. */
export async function callerOf<K extends keyof Clients>(
  makers: Pick<Makers, K>,
  { account, ...config }: Person,
): Promise<{ arn: string; clients: Pick<Clients, K> }> {
  const own = createClientsOf({ sts }, config);
  const { Account, Arn = "" } = await calling("ask AWS whose credentials these are", () => own.sts.send(new GetCallerIdentityCommand({})));
  if (Account !== account) throw new Permanent(`these credentials are of account ${Account} (${Arn}); the stage is in account ${account}, so nothing was done`);
  return { arn: Arn, clients: createClientsOf(makers, config) };
}
