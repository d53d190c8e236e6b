import type { EffectiveDocument } from "@steward/core/desired/documents";
import { VOLUME_MARK } from "@steward/core/desired/places";
import type { SecretId } from "@steward/core/desired/vault";
import type { CommandEnvelope } from "@steward/core/fleet/probe";
import type { TopologyKind } from "@steward/core/topology/topology";
import { runVerb } from "@steward/node/dispatch";
import type { Aws, ExecResult, FileAccess, Host, HttpResult } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";
import { documentOf, inEffect, MASTER, STAGE, secretName, settingsOf, VAULT, VOLUME } from "./a-fleet.ts";
import { OUTPUTS } from "./outputs.ts";

/** What lies on a file system, by path. */
type Files = Map<string, { text: string } & FileAccess>;

/** A computer of plain values: what it was told to do is in `ran`, what it was given to read can be changed at any time. */
export interface StubHost extends Host {
  /** Every file that is to be seen now. */
  seen: () => Record<string, string>;
  put: (path: string, text: string, access?: Partial<FileAccess>) => void;
  drop: (path: string) => void;
  accessOf: (path: string) => string | undefined;
  /** Owner and mode of folders that were made. */
  folders: Record<string, string>;
  ran: string[];
  written: string[];
  /** The desired state as a text of JSON. */
  desired: unknown;
  documents: Map<string, string>;
  vault: Map<string, string>;
  kept: Map<string, string>;
  /** What AWS answers this node; a test puts another answer in the place of one. */
  asks: Aws;
  /** Times at which the node completed its launch hook. */
  letIn: Date[];
  journal: string[];
  time: number;
  /** What the service answers, by path; what it does not know is answered while the service runs. */
  answers: Record<string, HttpResult>;
  connected: string[];
  /** Answers to command lines that begin with a text, in the place of the machine's own. */
  says: Record<string, Partial<ExecResult>>;
  locked: boolean;
  service: { state: string; masked: boolean; runsWith: Record<string, string> | undefined; unitsLoaded: string | undefined };
  /** What systemd says of the service's unit beside its state. */
  systemd: { starts: number; job: string; conditionsMet: boolean };
  volume: { fileSystem: string; blank: boolean; mountedFrom: string | undefined; frozen: boolean; files: Files };
  hostname: string;
}

const HOME = `${PATHS.home}/`;
const DEVICE = "/dev/nvme1n1";
const answer = (body: string): HttpResult => ({ kind: "answer", status: 200, ms: 3, body });

/** Files that Package Manager's start depends on. */
export const runFiles = (host: StubHost): Record<string, string> =>
  Object.fromEntries(Object.entries(host.seen()).filter(([path]) => OF_SERVICE.some((start) => path.startsWith(start))));

const OF_SERVICE = [PATHS.environment, "/etc/", "/var/lib/rstudio-pm/"];

/** A node as its image and its launch leave it, of a fleet that is in effect; a single server's volume was used before. */
export function aHost(topology: TopologyKind = "ha"): StubHost {
  const root: Files = new Map();
  const host: StubHost = {
    seen: () => Object.fromEntries([...root, ...(host.volume.mountedFrom ? host.volume.files : [])].map(([path, { text }]) => [path, text])),
    put: (path, text, access = {}) => void files(path).set(path, { text, owner: "root", mode: 0o644, ...access }),
    drop: (path) => void files(path).delete(path),
    accessOf: (path) => {
      const file = files(path).get(path);
      return file && `${file.owner} ${file.mode.toString(8)}`;
    },
    folders: {},
    ran: [],
    written: [],
    desired: undefined,
    documents: new Map(),
    vault: new Map(Object.entries(VAULT).map(([id, text]) => [secretName(id as SecretId), text])),
    kept: new Map(),
    asks: {
      desired: async () => JSON.stringify(host.desired) ?? "",
      document: async ({ key }) => host.documents.get(key) ?? missing("NoSuchKey"),
      secret: async (id) => host.vault.get(id) ?? missing("ResourceNotFoundException"),
      keepEvidence: async (bucket, key, text) => void host.kept.set(`${bucket}/${key}`, text),
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
    answers: {},
    connected: [],
    says: {},
    locked: false,
    service: { state: "inactive", masked: true, runsWith: undefined, unitsLoaded: undefined },
    systemd: { starts: 0, job: "", conditionsMet: false },
    volume: { fileSystem: "ext4", blank: false, mountedFrom: undefined, frozen: false, files: new Map() },
    hostname: "ip-10-0-0-1",
    invocation: undefined,
    instanceId: async () => "i-0123456789abcdef0",
    readEnd: async (path, bytes) => files(path).get(path)?.text.slice(-bytes),
    readFile: async (path) => (path === PATHS.hostname ? `${host.hostname}\n` : files(path).get(path)?.text),
    writeFile: async (path, text, access) => {
      host.written.push(`${path} ${access.owner} ${access.mode.toString(8)}`);
      files(path).set(path, { text, ...access });
    },
    removeFile: async (path) => void files(path).delete(path),
    makeFolder: async (path, { owner, mode }) => {
      host.folders[path] = `${owner} ${mode.toString(8)}`;
    },
    list: async (path) => {
      const inside = Object.keys(host.seen()).filter((name) => name.startsWith(`${path}/`));
      return [...new Set(inside.map((name) => name.slice(path.length + 1).split("/")[0] ?? ""))].sort();
    },
    entry: async (path) => {
      const file = files(path).get(path);
      if (file) return { kind: "file", owner: file.owner, mode: file.mode };
      const [owner, mode] = host.folders[path]?.split(" ") ?? [];
      return owner === undefined ? undefined : { kind: "folder", owner, mode: Number.parseInt(mode ?? "", 8) };
    },
    locate: (path) => path,
    exec: async (command, args) => {
      const line = [command, ...args].join(" ");
      host.ran.push(line);
      const said = Object.entries(host.says).find(([start]) => line.startsWith(start))?.[1];
      return { exitCode: 0, stdout: "", ...(said ?? machine(host, line)) };
    },
    get: async (url) => host.answers[new URL(url).pathname] ?? served(host, new URL(url).pathname),
    download: async (url, timeoutMs) => {
      const found = await host.get(url, timeoutMs);
      if (found.kind !== "answer") return found;
      const { body, ...answered } = found;
      return { ...answered, bytes: Buffer.byteLength(body), beginning: body };
    },
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
  const files = (path: string): Files => (host.volume.mountedFrom && path.startsWith(HOME) ? host.volume.files : root);
  host.put(PATHS.bootId, "boot-1\n");
  host.put(PATHS.settings, JSON.stringify(settingsOf(topology)));
  host.put("/sys/class/block/nvme0n1/device/serial", "vol00000000000000000\n");
  host.put("/sys/class/block/nvme1n1/device/serial", `${VOLUME.replace("-", "")}\n`);
  host.volume.files.set(VOLUME_MARK, { text: JSON.stringify({ mark: 1, stage: STAGE, volume: VOLUME }), owner: "root", mode: 0o644 });
  host.vault.set(MASTER, JSON.stringify({ username: documentOf("ha").database?.masterUser, password: "canary:master\\password" }));
  want(host, documentOf(topology));
  return host;
}

/** Commands that may have changed something. */
export const changing = (host: StubHost): string[] => host.ran.filter((line) => !/^(dpkg-query|systemctl show|findmnt|blkid|cmp)/.test(line));

/** Files that were written, with owner and mode; without the receipts, which every command leaves. */
export const written = (host: StubHost): string[] => host.written.filter((line) => !line.startsWith(PATHS.receipts));

/** A node that has become what it should be, and was given no command yet. */
export async function aNode(topology: TopologyKind = "ha"): Promise<StubHost> {
  const host = aHost(topology);
  await runVerb(host, "converge", envelope({ key: "at its launch" }));
  host.drop(PATHS.receipts);
  return Object.assign(host, { ran: [], written: [], journal: [] });
}

/** Puts a document into effect. */
export function want(host: StubHost, document: EffectiveDocument): void {
  const { state, text } = inEffect(document);
  host.desired = state;
  host.documents.set(state.document.key, text);
}

/** A boot: memory is empty, nothing runs, nothing is mounted. */
export function reboot(host: StubHost, bootId: string): void {
  for (const path of Object.keys(host.seen())) if (path.startsWith("/run/")) host.drop(path);
  host.folders = {};
  host.volume.mountedFrom = undefined;
  host.service = { ...host.service, state: "inactive", runsWith: undefined };
  host.put(PATHS.bootId, `${bootId}\n`);
}

function missing(name: string): never {
  throw Object.assign(new Error("canary-of-aws"), { name });
}

const served = (host: StubHost, path: string): HttpResult => {
  if (host.service.state !== "active") return { kind: "refused" };
  return answer(path === "/__api__/status" ? '{"version":"2026.08.0"}' : "{}");
};

/** Whether systemd would start the service: the conditions of its unit. */
export const mayStart = (host: StubHost): boolean => {
  const { topology } = JSON.parse(host.seen()[PATHS.settings] ?? "{}") as { topology?: string };
  const mounted = topology === "ha" || (host.volume.mountedFrom !== undefined && VOLUME_MARK in host.seen());
  return !host.service.masked && mounted && PATHS.config in host.seen() && PATHS.environment in host.seen();
};

const ok = (stdout = ""): ExecResult => ({ exitCode: 0, stdout });

/** What the programs of a node do and say. */
function machine(host: StubHost, line: string): Partial<ExecResult> {
  const { volume, service } = host;
  if (line === "systemctl start rstudio-pm" || line === "systemctl restart rstudio-pm") {
    if (line.includes("restart")) service.state = "inactive";
    if (service.state === "inactive") begin(host);
    return { exitCode: service.masked ? 1 : 0 };
  }
  if (line.startsWith("systemctl show")) return ok(shown(host));
  if (line === "systemctl unmask rstudio-pm") service.masked = false;
  if (line === "systemctl daemon-reload") service.unitsLoaded = host.seen()[PATHS.dropIn];
  if (line.startsWith("hostnamectl")) host.hostname = line.split(" ")[2] ?? "";
  if (line.startsWith("findmnt")) return volume.mountedFrom ? ok(`${volume.mountedFrom}\n`) : { exitCode: 1 };
  if (line.startsWith("blkid")) return volume.fileSystem ? ok(`${volume.fileSystem}\n`) : { exitCode: 2 };
  if (line.startsWith("cmp")) return { exitCode: volume.blank ? 0 : 1 };
  if (line.startsWith("mkfs"))
    Object.assign(volume, { fileSystem: "ext4", blank: false, files: new Map([[`${HOME}lost+found/x`, { text: "", owner: "root", mode: 0 }]]) });
  if (line.startsWith("mount ")) volume.mountedFrom = DEVICE;
  if (line.startsWith("umount ")) volume.mountedFrom = undefined;
  if (line.startsWith("fsfreeze --freeze")) volume.frozen = true;
  if (line.startsWith("fsfreeze --unfreeze")) {
    const was = volume.frozen;
    volume.frozen = false;
    return was ? {} : { exitCode: 1, stderr: "fsfreeze: /var/lib/rstudio-pm: unfreeze failed: Invalid argument\n" };
  }
  return ok(OUTPUTS.find(([start]) => line.startsWith(start))?.[1] ?? "");
}

/** A start by systemd, where the conditions of the unit hold. */
function begin(host: StubHost): void {
  const { service, systemd } = host;
  systemd.conditionsMet = mayStart(host);
  if (!systemd.conditionsMet) return;
  systemd.starts++;
  Object.assign(service, { state: "active", runsWith: runFiles(host) });
}

/** systemd prints words as the ranges that they stand for. */
const ranges = (host: StubHost, key: string): string =>
  [...((host.service.masked ? undefined : host.service.unitsLoaded) ?? "").matchAll(new RegExp(`^${key}=(.*)$`, "gm"))]
    .map(([, word = ""]) => RANGES[word] ?? word)
    .join(" ");
const RANGES: Record<string, string> = { any: "::/0 0.0.0.0/0", localhost: "127.0.0.0/8 ::1/128" };

const shown = (host: StubHost): string =>
  `${stateShown(host)}IPAddressAllow=${ranges(host, "IPAddressAllow")}\nIPAddressDeny=${ranges(host, "IPAddressDeny")}\n`;

const stateShown = ({ service, systemd: { starts, job, conditionsMet } }: StubHost): string =>
  `ActiveState=${service.state}\nActiveEnterTimestamp=Mon 2026-01-05 08:58:30 UTC\nInvocationID=${starts || ""}\nJob=${job}\nConditionResult=${conditionsMet ? "yes" : "no"}\n`;

/** A command envelope as it comes on the command line, valid for a minute. */
export function envelope(given: Partial<Omit<CommandEnvelope, "notAfter">> & { notAfter?: string } = {}): string {
  const whole = { key: "run-1/step-1", epoch: 7, notAfter: "2026-01-05T09:01:00.000Z", ...given };
  return Buffer.from(JSON.stringify(whole)).toString("base64url");
}
