import { answer } from "./calls.ts";
import { type Computed, SERVICES } from "./computed.ts";
import { NETWORK } from "./computed-network.ts";
import type { Resource, ResourceOptions } from "./graph.ts";
import type { Constructed, Mocks, Pulumi, Registration, Request } from "./pulumi.ts";
import { loadPulumi } from "./pulumi.ts";
import { asSecret, faults, opened, readable, unmodelled, unmodelledText } from "./wire.ts";

const RULES = { ...SERVICES, ...NETWORK };

/** Listens where the engine would: keeps every resource of one program, and what is wrong with it. */
export class Recorder {
  readonly resources = new Map<string, Resource>();
  readonly problems: string[] = [];
  readonly pulumi: Pulumi;
  readonly #place: (path: string) => string;
  readonly #constructed = new Map<string, string[]>();
  readonly #secretOutputs = new Map<string, string[]>();

  constructor(platform: string, place: (path: string) => string) {
    this.#place = place;
    const { pulumi, MockMonitor } = loadPulumi(platform);
    this.pulumi = pulumi;
    const { registerResource, readResource, newUrn } = MockMonitor.prototype;
    const record = (request: Request) => this.#record(request, newUrn.call({}, request.getParent(), request.getType(), request.getName()));
    MockMonitor.prototype.registerResource = function (request, callback) {
      record(request);
      return registerResource.call(this, request, callback);
    };
    MockMonitor.prototype.readResource = function (request, callback) {
      record(request);
      return readResource.call(this, request, callback);
    };
  }

  mocks(): Mocks {
    return { newResource: (args) => this.#created(args), call: ({ token, inputs }) => this.#answered(token, inputs) };
  }

  /** The SDK keeps the words of a refused call to itself, so they are noted here. */
  #answered(token: string, inputs: Record<string, unknown>): Record<string, unknown> {
    try {
      return answer(token, inputs);
    } catch (error) {
      this.problems.push(String(error));
      throw error;
    }
  }

  /** Notes every constructor call, so that a resource that never gets its inputs is missed. */
  watchConstructors(): void {
    this.pulumi.runtime.registerStackTransformation(({ type, name, resource }: Constructed) => {
      this.#constructed.set(keyOf(type, name), outputsOf(resource.constructor.toString()));
      return undefined;
    });
  }

  /** Resources that the program made and the engine never heard of. */
  lost(): string[] {
    const heard = new Set([...this.resources.values()].map(({ type, name }) => keyOf(type, name)));
    return [...this.#constructed.keys()].filter((key) => !heard.has(key)).map((key) => `${key} was made, but one of its inputs never resolves`);
  }

  #record(request: Request, urn: string): void {
    const [type, name] = [request.getType(), request.getName()];
    const wire = (request.getObject ?? request.getProperties)?.call(request)?.toJavaScript() ?? {};
    const inputs = readable(wire, this.#place) as Record<string, unknown>;
    if (this.resources.has(urn)) this.problems.push(`${keyOf(type, name)} is there twice`);
    this.problems.push(...faults(inputs, keyOf(type, name)));
    this.#secretOutputs.set(keyOf(type, name), request.getAdditionalsecretoutputsList());
    this.resources.set(urn, {
      type,
      name,
      urn,
      ...(isStack(request.getParent()) ? {} : { parent: logicalName(request.getParent()) }),
      ...(request.getCustom?.() === false ? { component: true } : {}),
      inputs,
      options: optionsOf(request),
    });
  }

  #created({ type, name, inputs, custom, id }: Registration): { id: string; state: Record<string, unknown> } {
    if (custom === false) return { id: "", state: inputs };
    const key = keyOf(type, name);
    const computed = this.#computed(key, { type, name, inputs, id });
    const missing = (this.#constructed.get(key) ?? []).filter((output) => !(output in computed) && !(output in inputs));
    const state = {
      ...inputs,
      tagsAll: inputs.tags ?? {},
      ...Object.fromEntries(missing.map((output) => [output, unmodelled(`${key}.${output}`)])),
      ...computed,
    };
    const secret = this.#secretOutputs.get(key) ?? [];
    return {
      id: computed.id,
      state: Object.fromEntries(Object.entries(state).map(([output, value]) => [output, secret.includes(output) ? asSecret(value) : value])),
    };
  }

  #computed(key: string, { type, name, inputs, id }: Registration): Computed {
    const plain = opened(inputs) as Record<string, unknown>;
    const computed = RULES[type]?.({ inputs: id ? { ...plain, name: id } : plain, name }) ?? { id: unmodelledText(`${key}.id`) };
    return id ? { ...computed, id } : computed;
  }
}

const keyOf = (type: string, name: string): string => `${type} ${name}`;

const isStack = (urn: string): boolean => urn === "" || urn.includes("::pulumi:pulumi:Stack::");

const logicalName = (urn: string): string => urn.split("::").slice(3).join("::");

/** The SDK marks what only AWS can say in each class: `resourceInputs["arn"] = undefined /*out*\/;`. */
const outputsOf = (source: string): string[] => [
  ...new Set([...source.matchAll(/resourceInputs\["(\w+)"\] = undefined \/\*out\*\//g)].flatMap((match) => match.slice(1))),
];

function optionsOf(request: Request): ResourceOptions {
  const own = new Set<string>();
  request.getPropertydependenciesMap?.().forEach((value) => {
    for (const urn of value.getUrnsList()) own.add(urn);
  });
  const dependsOn = request
    .getDependenciesList()
    .filter((urn) => !own.has(urn))
    .map(logicalName)
    .sort();
  const ignoreChanges = request.getIgnorechangesList?.() ?? [];
  const replaceOnChanges = request.getReplaceonchangesList?.() ?? [];
  return {
    ...(ignoreChanges.length ? { ignoreChanges: [...ignoreChanges].sort() } : {}),
    ...(request.getProtect?.() ? { protect: true } : {}),
    ...(request.getRetainondelete?.() ? { retainOnDelete: true } : {}),
    ...(request.getDeletebeforereplace?.() ? { deleteBeforeReplace: true } : {}),
    ...(replaceOnChanges.length ? { replaceOnChanges } : {}),
    ...(dependsOn.length ? { dependsOn } : {}),
    ...(request.getImportid?.() ? { import: request.getImportid() } : {}),
    ...(request.getId?.() ? { read: request.getId() } : {}),
  };
}
