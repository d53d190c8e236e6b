import { configFingerprint } from "@steward/core/desired/config-fingerprint";
import { readKey } from "@steward/core/desired/key-fingerprint";
import type { NodeSettings } from "@steward/core/fleet/node-settings";
import type { Aws, Host, HttpResult } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";

/** Words that must never leave the node by any way out. */
export const CANARIES = { password: "canary-pa55word", key: "c0ffee".repeat(171).slice(0, 1024) };

export const CONFIG = `[Server]\nAddress = https://packages.example.com\n[Postgres]\nURL = "postgres://ppm:${CANARIES.password}@db.example.com:5433/ppm"\nPassword = ${CANARIES.password}\n[Storage]\nDefault = s3\n[S3Storage]\nRegion = eu-west-1\n`;

const reading = readKey(CANARIES.key);
export const DESIRED = {
  desired: 1,
  revision: 3,
  version: "2026.08.0",
  configFingerprint: configFingerprint(CONFIG),
  keyFingerprint: reading.kind === "key" ? reading.fingerprint : "",
};

/** A computer of plain values: what it was told to do is in `ran`, what it was given to read can be changed at any time. */
export interface StubHost extends Host {
  files: Map<string, string>;
  ran: string[];
  written: string[];
  desired: unknown;
  /** What AWS answers this node; a test puts another answer in the place of one. */
  asks: Aws;
  /** Times at which the node completed its launch hook. */
  letIn: Date[];
  journal: string[];
  time: number;
  /** What the service answers, by path. */
  answers: Record<string, HttpResult>;
  connected: string[];
  /** Called with every command; throws to stand for a program that is killed there. */
  onExec: (line: string) => void;
  locked: boolean;
}

export const SETTINGS: NodeSettings = {
  stage: "demo",
  region: "eu-central-1",
  group: "steward-demo",
  launchHook: "steward-demo-admit",
  topology: "ha",
  table: "steward-demo",
  desired: "/steward/demo/desired",
};

const answer = (body: string): HttpResult => ({ kind: "answer", status: 200, ms: 3, body });

export function aHost(): StubHost {
  const files = new Map<string, string>([
    [PATHS.config, CONFIG],
    [PATHS.key, CANARIES.key],
    [PATHS.bootId, "boot-1\n"],
    [PATHS.settings, JSON.stringify(SETTINGS)],
  ]);
  const host: StubHost = {
    files,
    ran: [],
    written: [],
    desired: DESIRED,
    asks: {
      desired: async () => JSON.stringify(host.desired) ?? "",
      lastSweep: async () => new Date(host.time - 60_000),
      lifecycleTarget: async () => "InService",
      letIn: async () => {
        host.letIn.push(new Date(host.time));
        return "let-in";
      },
    },
    letIn: [],
    journal: [],
    time: Date.parse("2026-01-05T09:00:00.000Z"),
    answers: { "/__ping__": answer("{}"), "/__api__/status": answer('{"version":"2026.08.0"}') },
    connected: [],
    onExec: () => {},
    locked: false,
    instanceId: async () => "i-0123456789abcdef0",
    readFile: async (path) => files.get(path),
    writeFile: async (path, text, { owner, mode }) => {
      host.written.push(`${path} ${owner} ${mode.toString(8)}`);
      files.set(path, text);
    },
    exec: async (command, args) => {
      const line = [command, ...args].join(" ");
      host.ran.push(line);
      host.onExec(line);
      return { exitCode: 0, stdout: output(line) };
    },
    get: async (url) => host.answers[new URL(url).pathname] ?? { kind: "refused" },
    connect: async (name, port) => {
      host.connected.push(`${name}:${port}`);
      return true;
    },
    aws: () => host.asks,
    log: (line) => void host.journal.push(line),
    lock: async () => (host.locked ? undefined : async () => {}),
    now: () => new Date(host.time),
    sleep: async (ms) => {
      host.time += ms;
    },
  };
  return host;
}

function output(line: string): string {
  if (line.startsWith("dpkg-query")) return "2026.08.0";
  if (line.startsWith("systemctl show")) return "ActiveState=active\nActiveEnterTimestamp=Mon 2026-01-05 08:58:30 UTC\n";
  return "";
}

/** A command envelope as it comes on the command line, valid for a minute. */
export function envelope(given: { key?: string; epoch?: number; notAfter?: string } = {}): string {
  const whole = { key: "run-1/step-1", epoch: 7, notAfter: "2026-01-05T09:01:00.000Z", ...given };
  return Buffer.from(JSON.stringify(whole)).toString("base64url");
}
