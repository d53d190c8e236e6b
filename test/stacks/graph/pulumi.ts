import { createRequire } from "node:module";

/** What the graph needs of Pulumi's SDK, whose types are there only after `npm run sst:platform`. */
export interface Pulumi {
  runtime: {
    setMocks(mocks: Mocks, project: string, stack: string, preview: boolean): Promise<void>;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
    registerStackTransformation(transformation: (args: Constructed) => undefined): void;
  };
}

export interface Mocks {
  newResource(args: Registration): { id: string; state: Record<string, unknown> };
  call(args: { token: string; inputs: Record<string, unknown> }): Record<string, unknown>;
}

export interface Registration {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  custom?: boolean;
  id?: string;
}

/** A resource as its constructor was called, before its inputs are resolved. */
export interface Constructed {
  type: string;
  name: string;
  resource: { constructor: { toString(): string } };
}

/** A request to the engine (proto/resource_pb): it has the options that mocks are not shown. */
export interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom?(): boolean;
  getObject?(): { toJavaScript(): Record<string, unknown> };
  getProperties?(): { toJavaScript(): Record<string, unknown> };
  getId?(): string;
  getProtect?(): boolean;
  getRetainondelete?(): boolean;
  getDeletebeforereplace?(): boolean;
  getIgnorechangesList?(): string[];
  getReplaceonchangesList?(): string[];
  getDependenciesList(): string[];
  getPropertydependenciesMap?(): { forEach(each: (value: { getUrnsList(): string[] }) => void): void };
  getAdditionalsecretoutputsList(): string[];
  getImportid?(): string;
}

type Handler = (request: Request, callback: unknown) => Promise<void>;

/** The engine's stand-in, whose two ways in are wrapped to see the whole request. */
export interface MockMonitor {
  prototype: { registerResource: Handler; readResource: Handler; newUrn(parent: string, type: string, name: string): string };
}

/** The SDK that the evaluated program loads too: one copy, one state. */
export function loadPulumi(platform: string): { pulumi: Pulumi; MockMonitor: MockMonitor } {
  const load = createRequire(`${platform}/package.json`);
  return { pulumi: load("@pulumi/pulumi"), MockMonitor: load("@pulumi/pulumi/runtime/mocks").MockMonitor };
}
