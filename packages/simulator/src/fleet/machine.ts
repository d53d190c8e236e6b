import { runVerb } from "@steward/node/dispatch";
import type { ExecResult } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";
import type { Account, Machine } from "../account/account.ts";
import { between } from "../world/chance.ts";
import { mayRegister } from "./agent.ts";
import { writeBakedFiles, writeBootFiles } from "./baked-files.ts";
import { cloudInitFiles } from "./cloud-init.ts";
import { execute } from "./commands/installed.ts";
import { type Computer, elapsed, type Killable } from "./computer.ts";
import { fakeHost } from "./fake-host.ts";
import { FileSystem } from "./file-system.ts";
import type { MachineImage } from "./machine-image.ts";
import { type InstanceIdentity, nodeAws } from "./node-aws.ts";
import { type Answer, PackageManager } from "./package-manager.ts";
import { ServiceUnit } from "./service-unit.ts";
import type { SharedDependencies } from "./shared-dependencies.ts";

/** The agent says that it lives every five minutes: https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html */
const AGENT_HEARTBEAT_MS = 300_000;
/** How long an agent that was not let in waits before it tries again; assumed. */
const AGENT_TRIES_EVERY_MS = 60_000;

type Agent = { registeredAt: number; offlineSince: number | undefined };

/** An instance as EC2 hands it to its computer. */
export interface StartedInstance extends InstanceIdentity {
  privateIp: string;
  userData?: string | undefined;
  reachesAgentService?: (() => boolean) | undefined;
}

/** One computer behind an instance: it boots, runs the node program, holds Package Manager, and can break in named ways. */
export class SimulatedMachine implements Machine, Computer {
  readonly instanceId: string;
  readonly privateIp: string;
  readonly image: MachineImage;
  /** The root disk survives a reboot and nothing else; what is in memory not even that. */
  readonly files: FileSystem;
  readonly packageManager: PackageManager;
  readonly unit: ServiceUnit;
  readonly shared: SharedDependencies;
  readonly timers: Computer["timers"] = new Map();
  readonly transient: Computer["transient"] = new Map();
  readonly aws: Computer["aws"];
  readonly journal: Computer["journal"] = [];
  private readonly programs = new Set<Killable>();
  private agent: Agent | undefined;
  private powered = false;
  private up = false;
  private impairedAt: Date | undefined;
  private boots = 0;
  private readonly mayRegister: () => boolean;

  constructor(instance: StartedInstance, image: MachineImage, { account, shared }: { account: Account; shared: SharedDependencies }) {
    this.instanceId = instance.instanceId;
    this.privateIp = instance.privateIp;
    this.image = image;
    this.shared = shared;
    this.files = new FileSystem(shared.disks);
    this.packageManager = new PackageManager({ image, files: this.files, shared, hostname: () => this.hostname(), cutOffAt: () => this.impairedAt });
    this.aws = nodeAws(account, instance);
    this.mayRegister = () => (instance.reachesAgentService?.() ?? true) && mayRegister(account, instance);
    writeBakedFiles(this.files, image);
    for (const [path, text] of cloudInitFiles(instance.userData)) this.files.write(path, text, ROOTS);
    this.files.write(PATHS.instanceId, `${instance.instanceId}\n`, ROOTS);
    this.unit = new ServiceUnit(this.files, this.packageManager);
  }

  /** A person's hands in a shell of this machine. */
  async shell(command: string, words: string[]): Promise<ExecResult> {
    return await execute(command, { computer: this, words, takes: (ms) => elapsed({ killed: false }, ms), timeoutMs: 60_000 });
  }

  private hostname(): string {
    return (this.files.read(PATHS.hostname) ?? "").trim();
  }

  /** Powers on, or reboots: Ubuntu takes 40 to 70 s until the agent registers (assumed), then Steward's own unit runs. */
  async boot(): Promise<void> {
    const turn = ++this.boots;
    this.powerOff();
    this.powered = true;
    const [systemMs, convergeMs] = [between(40_000, 70_000), between(2_000, 6_000)];
    if (this.image.boot === "never") return;
    await after(systemMs);
    if (this.boots !== turn || this.impairedAt) return;
    this.up = true;
    this.startSystem(`${this.instanceId}-${turn}`);
    if (this.image.boot !== "no-agent") this.startAgent(turn);
    await after(convergeMs);
    if (this.boots === turn && this.up && this.hasProgram()) await this.run("boot", undefined);
  }

  /** Tries until it is let in; once it is known, whether it still may and can is not asked again. */
  private startAgent(turn: number): void {
    if (this.boots !== turn || !this.up) return;
    if (this.mayRegister()) this.agent = { registeredAt: Date.now(), offlineSince: undefined };
    else setTimeout(() => this.startAgent(turn), AGENT_TRIES_EVERY_MS);
  }

  /** The name that EC2 gives by DHCP counts until somebody has set one. Source: EC2 user guide, "EC2 instance hostnames and domains". */
  private startSystem(bootId: string): void {
    const given = `ip-${this.privateIp.replaceAll(".", "-")}\n`;
    this.files.write(PATHS.bootId, `${bootId}\n`, ROOTS);
    this.files.write(PATHS.hostname, this.files.read("/etc/hostname") ?? given, ROOTS);
    writeBootFiles(this.files, this.image);
    this.unit.reload();
  }

  /** The volumes that EC2 has attached, beside the disk that the machine boots from. */
  seeVolumes(volumeIds: string[]): void {
    this.files.seeVolumes(volumeIds);
  }

  /** A file system that is mounted keeps its volume, whoever uses it. */
  holdsVolume(volumeId: string): boolean {
    return this.up && [...this.files.mounts.values()].some((mount) => mount.volumeId === volumeId && !mount.lost);
  }

  /** Frozen by whoever runs on it, and still so. */
  isFrozen(volumeId: string): boolean {
    return this.up && [...this.files.mounts.values()].some((mount) => mount.volumeId === volumeId && mount.frozen && !mount.lost);
  }

  private hasProgram(): boolean {
    return this.image.service !== "absent";
  }

  /** Takes the computer away, and keeps its disk for the case that the instance was only stopped. */
  remove(): void {
    this.boots++;
    this.powered = false;
    this.powerOff();
  }

  /** Whether there is a computer at the moment. */
  isPowered(): boolean {
    return this.powered;
  }

  /** Ends everything that runs; what was running never reports back. */
  private powerOff(): void {
    this.up = false;
    for (const program of this.programs) program.killed = true;
    this.programs.clear();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.transient.clear();
    this.packageManager.stop();
    this.files.forget();
    this.loseAgent();
  }

  http(path: string): Answer {
    if (!this.up || this.impairedAt) return { kind: "timeout" };
    return this.packageManager.isOpen() ? this.packageManager.answer(path) : { kind: "refused" };
  }

  agentOnline(): boolean {
    return this.agent !== undefined && this.agent.offlineSince === undefined && this.up && !this.impairedAt;
  }

  agentLastSeen(): Date | undefined {
    if (!this.agent) return undefined;
    const until = this.agent.offlineSince ?? Date.now();
    const beats = Math.floor((until - this.agent.registeredAt) / AGENT_HEARTBEAT_MS);
    return new Date(this.agent.registeredAt + beats * AGENT_HEARTBEAT_MS);
  }

  runCommand(verb: string, payload: string, signal?: AbortSignal): ReturnType<Machine["runCommand"]> {
    if (!this.hasProgram()) return Promise.resolve({ exitCode: 127, stdout: "", stderr: "steward-node: not found" });
    return this.run(verb, payload, signal);
  }

  statusOk(): boolean {
    return !this.impairedAt && this.image.boot !== "never";
  }

  /** Fault: the server process dies and systemd marks the unit failed; a restart helps. */
  crashService(): void {
    this.packageManager.stop("failed");
  }

  /** Fault: the server takes no request any more; with `survivesRestart` not after a restart or a reboot either. */
  hang(how: { survivesRestart: boolean }): void {
    this.packageManager.hang(how);
  }

  /** Fault: status checks fail and the network is gone; programs stand still for good. */
  impair(): void {
    this.impairedAt ??= new Date();
    for (const program of this.programs) program.killed = true;
    this.loseAgent();
  }

  /** Fault: the SSM agent loses its service; everything else goes on. */
  loseAgent(): void {
    if (this.agent) this.agent.offlineSince ??= Date.now();
  }

  restoreAgent(): void {
    if (this.agent && this.up) this.agent = { registeredAt: Date.now(), offlineSince: undefined };
  }

  /** What systemd starts by a timer; only Steward's own program is known to be started so. */
  begin([program, verb = "", payload]: readonly string[]): void {
    if (this.up && program === PATHS.program) void this.run(verb, payload);
  }

  private async run(verb: string, payload: string | undefined, signal?: AbortSignal): ReturnType<Machine["runCommand"]> {
    const program: Killable = { killed: !this.up || this.impairedAt !== undefined };
    signal?.addEventListener("abort", () => {
      program.killed = true;
    });
    this.programs.add(program);
    const result = await runVerb(fakeHost(this, program), verb, payload);
    this.programs.delete(program);
    return result;
  }
}

const ROOTS = { mode: 0o644, owner: "root" };

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
