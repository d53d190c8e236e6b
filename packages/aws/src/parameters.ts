import { GetParameterCommand, PutParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { Permanent } from "@steward/core/errors";
import { Switch } from "@steward/core/fleet/facts";
import { DesiredState } from "@steward/core/fleet/probe";
import type { Names } from "@steward/core/topology/names";
import { answered, calling } from "./failures.ts";

/** The stage's parameters. Not to be understood is a failure, never a default; so is missing, where something has to be. */
export function createParameters(client: SSMClient, names: Pick<Names, "declared" | "desired" | "switch">) {
  async function read<T>(name: string, parse: (value: unknown) => T): Promise<T> {
    const { Parameter } = await calling(`read parameter ${name}`, () => client.send(new GetParameterCommand({ Name: name })));
    return understand(name, () => parse(JSON.parse(Parameter?.Value ?? "")));
  }

  /** Nobody has put another one into effect meanwhile; the lease keeps runs apart, and this the rest. */
  async function mustFollow({ revision }: DesiredState): Promise<void> {
    const inEffect = await read(names.desired, (value) => DesiredState.parse(value));
    if (inEffect.revision !== revision - 1 && inEffect.revision !== revision)
      throw new Permanent(`revision ${inEffect.revision} is in effect, and revision ${revision} does not follow it`);
  }

  return {
    declared: <T>(parse: (value: unknown) => T) => read(names.declared, parse),
    /** Null where nothing is in effect yet. */
    desired: async (): Promise<DesiredState | null> => {
      try {
        return await read(names.desired, (value) => DesiredState.parse(value));
      } catch (error) {
        if (error instanceof Permanent && answered(error.cause, "ParameterNotFound")) return null;
        throw error;
      }
    },
    /** Puts a desired state into effect; the first one only where there is none, or where it is this one. */
    commit: async (state: DesiredState): Promise<void> => {
      if (state.revision > 1) await mustFollow(state);
      const command = new PutParameterCommand({ Name: names.desired, Value: JSON.stringify(state), Type: "String", Overwrite: state.revision > 1 });
      await calling(`write parameter ${names.desired}`, () => client.send(command)).catch(async (error: unknown) => {
        const isThere = error instanceof Permanent && answered(error.cause, "ParameterAlreadyExists");
        if (!isThere || JSON.stringify(await read(names.desired, (value) => value)) !== JSON.stringify(state)) throw error;
      });
    },
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
