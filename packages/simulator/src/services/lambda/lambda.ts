import * as lambda from "@aws-sdk/client-lambda";
import type { Account } from "../../account/account.ts";
import type { CodeStore } from "../../account/functions.ts";
import { sdkHandler } from "../../account/handler.ts";
import type { Operations } from "../../account/operation.ts";
import { functionOperations, on } from "./control.ts";
import { codeOperations } from "./durable/api.ts";
import { Engine } from "./durable/engine.ts";
import type { Execution } from "./durable/execution.ts";
import { operatorOperations } from "./durable/operator.ts";
import type { Transport } from "./environment.ts";
import type { LambdaFaults } from "./faults.ts";
import { Fleet } from "./fleet.ts";
import type { Functions } from "./functions.ts";
import { type Invoker, invoke } from "./invoke.ts";
import { invokeFromService } from "./service-invoke.ts";
import { sharingOperations } from "./sharing.ts";

/** What faults, stories and invariants see of Lambda; programs use the API. */
export interface Lambda {
  faults: LambdaFaults;
  /** Durable executions by ARN, in the order they started. */
  executions: ReadonlyMap<string, Readonly<Execution>>;
  /** Kills every execution environment of a function, whatever it does at the moment. */
  killAll: (functionName: string) => void;
  /** Living execution environments of a function. */
  environments: (functionName: string) => number;
  /** Concurrent executions that the region allows. */
  setConcurrencyLimit: (limit: number) => void;
}

/** Adds Lambda to the account. `transport` is how functions reach the account: the request handler of their clients. */
export function addLambda(account: Account, code: CodeStore, transport: Transport = sdkHandler(account)): Lambda {
  const faults: LambdaFaults = {};
  const functions: Functions = new Map();
  const fleet = new Fleet({ account, code, transport, faults });
  const engine = new Engine(account, fleet);
  const invoker: Invoker = { account, functions, fleet, engine, faults };
  const operations: Operations<typeof lambda> = {
    ...functionOperations(account, functions),
    ...sharingOperations(account, functions),
    Invoke: { rights: (input) => on("InvokeFunction", input), run: (input, call) => invoke(invoker, input, call) },
    ...codeOperations(engine, faults),
    ...operatorOperations(engine, functions),
  };
  account.add({ id: "lambda", iamPrefix: "lambda", module: lambda, protocol: "restJson", operations });
  account.links.invokeAsync = (functionArn, payload, source) => invokeFromService(invoker, { functionArn, payload, source });
  return {
    faults,
    executions: engine.executions,
    killAll: (functionName) => fleet.killAll(functionName),
    environments: (functionName) => fleet.count(functionName),
    setConcurrencyLimit: (limit) => {
      fleet.concurrencyLimit = limit;
    },
  };
}
