import { NormalizedSchema } from "@smithy/core/schema";

/** One operation as the SDK's own schemas describe it. */
export interface OperationSchema {
  name: string;
  input: NormalizedSchema;
  output: NormalizedSchema;
  /** REST bindings: method, URI template, status of success. */
  http?: { method: string; uri: string; status: number };
}

/** One modelled error: its shape, and what the query protocol calls it. */
export interface ErrorSchema {
  name: string;
  shape: NormalizedSchema;
  /** Code on the query protocol, where it differs from the shape's name (`awsQueryError` trait). */
  queryCode: string;
  /** HTTP status, where the model states one. */
  status?: number;
}

interface ModuleSchemas {
  operations: Map<string, OperationSchema>;
  errors: Map<string, ErrorSchema>;
}

type Traits = Record<string, unknown>;
type Ref = Parameters<typeof NormalizedSchema.of>[0];
type Static = [kind: number, namespace: string, name: string, traits: Traits | number, input: Ref, output: Ref];

const OPERATION = 9;
const ERROR = -3;
const known = new WeakMap<object, ModuleSchemas>();

/** All operations of an SDK module, by name. */
export const operationsOf = (module: object): Map<string, OperationSchema> => schemasOf(module).operations;

/** The modelled error of a code, by shape name or by its code on the query protocol. */
export const errorOf = (module: object, code: string): ErrorSchema | undefined => schemasOf(module).errors.get(code);

function schemasOf(module: object): ModuleSchemas {
  const cached = known.get(module);
  if (cached) return cached;
  const schemas = readSchemas(module);
  known.set(module, schemas);
  return schemas;
}

function readSchemas(module: object): ModuleSchemas {
  const exported = Object.values(module).filter(isStatic);
  const operations = exported.filter(([kind]) => kind === OPERATION).map(operationSchema);
  const errors = exported.filter(([kind]) => kind === ERROR).map(errorSchema);
  return {
    operations: new Map(operations.map((operation) => [operation.name, operation])),
    errors: new Map([...errors.map((error) => [error.queryCode, error] as const), ...errors.map((error) => [error.name, error] as const)]),
  };
}

const isStatic = (value: unknown): value is Static => Array.isArray(value) && (value[0] === OPERATION || value[0] === ERROR);

function operationSchema([, , name, traits, input, output]: Static): OperationSchema {
  const http = traitsOf(traits).http as [string, string, number] | undefined;
  return { name, input: normalized(input), output: normalized(output), ...(http && { http: { method: http[0], uri: http[1], status: http[2] } }) };
}

function errorSchema(schema: Static): ErrorSchema {
  const [, , name, declared] = schema;
  const traits = traitsOf(declared);
  const [queryCode, queryStatus] = (traits.awsQueryError as [string, number] | undefined) ?? [name, undefined];
  const status = (traits.httpError as number | undefined) ?? queryStatus;
  return { name, shape: normalized(schema as unknown as Ref), queryCode, ...(status !== undefined && { status }) };
}

const traitsOf = (traits: Traits | number): Traits => (typeof traits === "object" ? traits : {});

const normalized = (ref: Ref): NormalizedSchema => NormalizedSchema.of(typeof ref === "function" ? (ref as () => Ref)() : ref);
