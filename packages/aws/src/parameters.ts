import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { Permanent } from "@steward/core/errors";
import { Switch } from "@steward/core/fleet/facts";
import { DesiredState } from "@steward/core/fleet/probe";
import type { Names } from "@steward/core/topology/names";
import { calling } from "./failures.ts";

/** The stage's two parameters. Missing or not to be understood is a failure, never a default. */
export function createParameters(client: SSMClient, names: Pick<Names, "desired" | "switch">) {
  async function read<T>(name: string, parse: (value: unknown) => T): Promise<T> {
    const { Parameter } = await calling(`read parameter ${name}`, () => client.send(new GetParameterCommand({ Name: name })));
    return understand(name, () => parse(JSON.parse(Parameter?.Value ?? "")));
  }

  return {
    desired: () => read(names.desired, (value) => DesiredState.parse(value)),
    switch: () => read(names.switch, (value) => Switch.parse(value)),
  };
}
export type Parameters = ReturnType<typeof createParameters>;

/** The value stays out of the message: messages reach logs and people. */
function understand<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Permanent(`parameter ${name} is not what it should be`, { cause: error });
  }
}
