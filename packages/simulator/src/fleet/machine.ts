import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import type { Account, Machine } from "../account/account.ts";
import { between } from "../world/chance.ts";
import { cloudInitFiles } from "./cloud-init.ts";
import { type Computer, fakeHost, type Killable } from "./fake-host.ts";
import type { MachineImage } from "./machine-image.ts";
import { type InstanceIdentity, nodeAws } from "./node-aws.ts";
import { type Answer, PackageManager } from "./package-manager.ts";
import type { SharedDependencies } from "./shared-dependencies.ts";

/** The agent says that it lives every five minutes: https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html */
const AGENT_HEARTBEAT_MS = 300_000;

type Agent = { registeredAt: number; offlineSince: number | undefined };

/** An instance as EC2 hands it to its computer. */
export interface StartedInstance extends InstanceIdentity {
  privateIp: string;
  userData?: string | undefined;
}

/** One computer behind an instance: it boots, runs the node program, holds Package Manager, and can break in named ways. */
export class SimulatedMachine implements Machine, Computer {
  readonly instanceId: string;
  readonly privateIp: string;
  readonly image: MachineImage;
  /** Files by path; the machine's disk, which survives a reboot and nothing else. */
  readonly files = new Map<string, string>();
  readonly packageManager: PackageManager;
  readonly aws: Computer["aws"];
  readonly journal: Computer["journal"] = [];
  private readonly shared: SharedDependencies;
  private readonly programs = new Set<Killable>();
  private agent: Agent | undefined;
  private powered = false;
  private up = false;
  private impaired = false;
  private boots = 0;

  constructor(instance: StartedInstance, image: MachineImage, { account, shared }: { account: Account; shared: SharedDependencies }) {
    this.instanceId = instance.instanceId;
    this.privateIp = instance.privateIp;
    this.image = image;
    this.shared = shared;
    this.packageManager = new PackageManager(image, shared);
    this.aws = nodeAws(account, instance);
    for (const [path, text] of cloudInitFiles(instance.userData)) this.files.set(path, text);
    this.files.set(PATHS.instanceId, instance.instanceId);
    if (this.hasProgram()) this.files.set(PATHS.config, image.config).set(PATHS.key, image.key);
  }

  /** Powers on, or reboots: Ubuntu takes 40 to 70 s until the agent registers (assumed), then the baked converge runs. */
  async boot(): Promise<void> {
    const turn = ++this.boots;
    this.powerOff();
    this.powered = true;
    const [systemMs, convergeMs] = [between(40_000, 70_000), between(2_000, 6_000)];
    const bootId = `${this.instanceId}-${turn}`;
    if (this.image.boot === "never") return;
    await after(systemMs);
    if (this.boots !== turn || this.impaired) return;
    this.up = true;
    this.files.set(PATHS.bootId, `${bootId}\n`);
    if (this.image.boot !== "no-agent") this.agent = { registeredAt: Date.now(), offlineSince: undefined };
    await after(convergeMs);
    if (this.boots === turn && this.up && this.hasProgram()) await this.run("boot", undefined);
  }

  /** The volumes that EC2 has attached, beside the disk that the machine boots from. */
  seeVolumes(volumeIds: string[]): void {
    this.packageManager.seeVolumes(volumeIds);
  }

  holdsVolume(volumeId: string): boolean {
    return this.up && this.packageManager.holds(volumeId);
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
    this.packageManager.stop();
    this.loseAgent();
  }

  http(path: string): Answer {
    if (!this.up || this.impaired) return { kind: "timeout" };
    return this.packageManager.answer(path);
  }

  agentOnline(): boolean {
    return this.agent !== undefined && this.agent.offlineSince === undefined && this.up && !this.impaired;
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
    return !this.impaired && this.image.boot !== "never";
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
    this.impaired = true;
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

  private async run(verb: string, payload: string | undefined, signal?: AbortSignal): ReturnType<Machine["runCommand"]> {
    const program: Killable = { killed: !this.up || this.impaired };
    signal?.addEventListener("abort", () => {
      program.killed = true;
    });
    this.programs.add(program);
    const result = await runVerb(fakeHost(this, this.shared, program), verb, payload);
    this.programs.delete(program);
    return result;
  }
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
