import type * as Module from "@aws-sdk/client-ssm";
import * as module from "@aws-sdk/client-ssm";
import type { Account } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import { type Command, commandOperations } from "./commands.ts";
import { type Document, documentOperations } from "./documents.ts";
import { managedNodeOperations } from "./managed-nodes.ts";
import { type Parameter, parameterOperations } from "./parameters.ts";

/** What Systems Manager holds, for invariants and for looking into the account. */
export interface Ssm {
  parameters: Map<string, Parameter>;
  documents: Map<string, Document>;
  /** Commands by id, oldest first. */
  commands: Map<string, Command>;
  /** Text of a parameter's newest version. */
  value: (name: string) => string | undefined;
}

/** Systems Manager: Parameter Store, command documents, Run Command and the managed nodes. */
export function addSsm(account: Account): Ssm {
  const parameters = new Map<string, Parameter>();
  const documents = new Map<string, Document>();
  const commands = new Map<string, Command>();
  const operations: Operations<typeof Module> = {
    ...parameterOperations(account, parameters),
    ...documentOperations(documents),
    ...commandOperations(account, documents, commands),
    ...managedNodeOperations(account),
  };
  account.add({ id: "ssm", iamPrefix: "ssm", module, protocol: "json1_1", operations });
  return { parameters, documents, commands, value: (name) => parameters.get(name)?.versions.at(-1)?.value };
}
