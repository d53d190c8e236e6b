import { type Account, arn } from "../../account/account.ts";
import { between, hex } from "../../world/chance.ts";
import type { Addresses } from "./addresses.ts";
import type { Images } from "./images.ts";
import type { Instance, InstanceState, LaunchRequest } from "./instance.ts";
import { incorrectState, insufficientCapacity } from "./instance-errors.ts";
import { publishStatus } from "./instance-metrics.ts";
import { admitsUser } from "./key-use.ts";
import type { Network } from "./network.ts";
import type { Volumes } from "./volumes.ts";
import { reachesAgentService } from "./way-out.ts";

/** Delays in ms. EC2 documents none of them; assumed from what operators see, except where said. */
const DELAYS = {
  /** A new id may be unknown to describe calls. Source: EC2 API reference, "Eventual consistency". */
  visible: [0, 2_000],
  seen: [0, 1_000],
  running: [6_000, 20_000],
  /** A launch whose volume can't be decrypted ends "right after" it is pending; seconds assumed. */
  refused: [2_000, 6_000],
  terminated: [10_000, 40_000],
  stopped: [20_000, 60_000],
} as const;
/** Source: EC2 user guide, "Terminate instances": a terminated instance stays visible for a short while, usually about an hour. */
const REMEMBERED_MS = 3_600_000;
const UNENDING_LOOK_MS = 5_000;
const STATUS_CHECK_EVERY_MS = 60_000;
/** Assumed: the first results of the status checks come two minutes after the instance runs. */
const INITIALIZING_MS = 120_000;

/** Source: EC2 user guide, "Troubleshoot instance launch issues": what a key that can't be used looks like. */
const CLIENT_ERROR = { Code: "Client.InternalError", Message: "Client.InternalError: Client error on launch" };

/** What an instance is made of besides itself. */
interface Parts {
  network: Network;
  volumes: Volumes;
  addresses: Addresses;
  images: Images;
}

const delay = ([low, high]: readonly [number, number]): number => between(low, high);

/** All instances of the account and how they change; `links.bootMachine` and `links.destroyMachine` follow their state. */
export class Instances {
  readonly all = new Map<string, Instance>();
  /** While true, launches fail as they do when a zone has run out of the instance type. */
  outOfCapacity = false;
  /** These do not get any further than `shutting-down`. Source: EC2 user guide, "Troubleshoot Amazon EC2 instance termination issues". */
  readonly unending = new Set<string>();
  private readonly account: Account;
  private readonly parts: Parts;
  private lastAddress = 9;

  constructor(account: Account, parts: Parts) {
    this.account = account;
    this.parts = parts;
    parts.volumes.show = (instanceId) => this.showVolumes(instanceId);
    setTimeout(() => this.checkStatus(), STATUS_CHECK_EVERY_MS);
  }

  /** Starts an instance: it is `pending` now and `running` some seconds later, unless a key of its volumes refuses whoever launched it. */
  launch(request: LaunchRequest): Instance {
    const zone = this.parts.network.zoneOf(request.subnetId);
    if (this.outOfCapacity) throw insufficientCapacity(request.instanceType, zone);
    const instance = this.newInstance(request, zone);
    this.all.set(instance.instanceId, instance);
    this.parts.images.launched(request.imageId);
    this.parts.volumes.launchWith(instance, request.volumes, request.volumeTags);
    this.lendAddress(instance);
    this.announce(instance);
    if (request.volumes.every((volume) => admitsUser(this.account, volume, request.launchedBy))) this.runSoon(instance);
    else this.refuse(instance);
    return instance;
  }

  private newInstance(request: LaunchRequest, zone: string): Instance {
    const now = Date.now();
    const { imageId, instanceType, subnetId, securityGroups, metadata, instanceProfile, groupName, clientToken } = request;
    return {
      instanceId: `i-0${hex(16)}`,
      reservationId: request.reservationId ?? `r-0${hex(16)}`,
      imageId,
      instanceType,
      subnetId,
      zone,
      privateIp: this.nextAddress(),
      wantsPublicIp: request.publicIp ?? this.parts.network.subnets.items.get(subnetId)?.givesPublicIp ?? false,
      securityGroups,
      metadata,
      rootDevice: request.volumes[0]?.device ?? "",
      userData: request.userData,
      ...(instanceProfile !== undefined && { instanceProfile }),
      ...(groupName !== undefined && { groupName }),
      ...(clientToken !== undefined && { clientToken }),
      launchTime: new Date(now),
      tags: { ...request.tags, ...(groupName !== undefined && { "aws:autoscaling:groupName": groupName }) },
      state: "pending",
      stale: { state: "pending", until: now },
      visibleFrom: now + delay(DELAYS.visible),
      checks: "initializing",
      stateTransitionReason: "",
    };
  }

  private refuse(instance: Instance): void {
    setTimeout(() => {
      instance.stateReason = CLIENT_ERROR;
      this.move(instance, "terminated");
      this.ended(instance);
    }, delay(DELAYS.refused));
  }

  /** Lends a public address to an instance that wants one and has none of its own. Source: EC2 user guide, "Amazon EC2 instance IP addressing". */
  lendAddress(instance: Instance): void {
    const runs = instance.state === "pending" || instance.state === "running";
    if (!instance.wantsPublicIp || !runs || this.parts.addresses.of(instance.instanceId)) return;
    instance.publicIp ??= this.parts.addresses.nextPublicIp();
  }

  /** Ends an instance for good; safe to repeat. */
  terminate(instance: Instance, reason: { Code: string; Message: string }): void {
    if (instance.state === "terminated" || instance.state === "shutting-down") return;
    instance.stateReason = reason;
    instance.stateTransitionReason = `User initiated (${gmt(new Date())})`;
    this.powerOff(instance, "shutting-down", "terminated", DELAYS.terminated);
  }

  stop(instance: Instance): void {
    if (instance.state === "stopping" || instance.state === "stopped") return;
    if (instance.state !== "running") throw incorrectState(instance, "stopped");
    instance.stateReason = { Code: "Client.UserInitiatedShutdown", Message: "Client.UserInitiatedShutdown: User initiated shutdown" };
    this.powerOff(instance, "stopping", "stopped", DELAYS.stopped);
  }

  start(instance: Instance): void {
    if (instance.state === "running" || instance.state === "pending") return;
    if (instance.state !== "stopped") throw incorrectState(instance, "started");
    delete instance.stateReason;
    instance.launchTime = new Date();
    this.move(instance, "pending");
    this.lendAddress(instance);
    this.runSoon(instance);
  }

  /** Restarts the machine in place: it keeps its disk, and EC2's state does not change. */
  reboot(instance: Instance): void {
    if (instance.state !== "running") throw incorrectState(instance, "rebooted");
    setTimeout(() => instance.state === "running" && this.boot(instance), between(1_000, 5_000));
  }

  private runSoon(instance: Instance): void {
    setTimeout(() => {
      if (instance.state !== "pending") return;
      instance.runningSince = Date.now();
      instance.checks = "initializing";
      this.move(instance, "running");
      this.boot(instance);
    }, delay(DELAYS.running));
  }

  private boot(instance: Instance): void {
    const { instanceId, imageId, privateIp, userData, instanceProfile } = instance;
    const reachesAgentService = () => this.reachesAgentService(instance);
    const volumes = this.parts.volumes.seenBy(instance);
    this.account.links.bootMachine({ instanceId, imageId, privateIp, userData, instanceProfile, volumes, reachesAgentService });
  }

  private reachesAgentService(instance: Instance): boolean {
    const hasPublicAddress = (this.parts.addresses.of(instance.instanceId) ?? instance.publicIp) !== undefined;
    return reachesAgentService(this.parts.network, instance, hasPublicAddress);
  }

  private showVolumes(instanceId: string): void {
    const instance = this.all.get(instanceId);
    if (instance) this.account.links.machine(instanceId)?.seeVolumes?.(this.parts.volumes.seenBy(instance));
  }

  private powerOff(instance: Instance, during: InstanceState, after: InstanceState, range: readonly [number, number]): void {
    this.move(instance, during);
    this.account.links.destroyMachine(instance.instanceId);
    delete instance.publicIp;
    setTimeout(() => this.reach(instance, after), delay(range));
  }

  private reach(instance: Instance, state: InstanceState): void {
    if (this.unending.has(instance.instanceId)) {
      setTimeout(() => this.reach(instance, state), UNENDING_LOOK_MS);
      return;
    }
    this.move(instance, state);
    if (state === "terminated") this.ended(instance);
  }

  /** Its address goes back to the account, its volumes go or are free, and in an hour nobody knows it any more. */
  private ended({ instanceId }: Instance): void {
    this.parts.addresses.instanceEnded(instanceId);
    this.parts.volumes.instanceEnded(instanceId);
    setTimeout(() => this.all.delete(instanceId), REMEMBERED_MS);
  }

  private move(instance: Instance, state: InstanceState): void {
    instance.stale = { state: instance.state, until: Date.now() + delay(DELAYS.seen) };
    instance.state = state;
    if (state !== "running") delete instance.runningSince;
    this.announce(instance);
  }

  /** Source: EC2 user guide, "State change events for your instances". */
  private announce({ instanceId, state }: Instance): void {
    this.account.links.emit({
      source: "aws.ec2",
      "detail-type": "EC2 Instance State-change Notification",
      resources: [arn("ec2", `instance/${instanceId}`)],
      detail: { "instance-id": instanceId, state },
    });
  }

  /** Source: EC2 user guide, "Status checks": every minute, each a pass or a fail. */
  private checkStatus(): void {
    for (const instance of this.all.values()) this.checkOne(instance);
    publishStatus(this.account, [...this.all.values()]);
    setTimeout(() => this.checkStatus(), STATUS_CHECK_EVERY_MS);
  }

  private checkOne(instance: Instance): void {
    if (instance.runningSince === undefined || Date.now() - instance.runningSince < INITIALIZING_MS) return;
    const ok = this.account.links.machine(instance.instanceId)?.statusOk() ?? false;
    if (ok) delete instance.impairedSince;
    if (!ok) instance.impairedSince ??= new Date();
    instance.checks = ok ? "ok" : "impaired";
  }

  private nextAddress(): string {
    this.lastAddress += 1;
    return `10.0.${Math.floor(this.lastAddress / 250)}.${(this.lastAddress % 250) + 4}`;
  }
}

const gmt = (at: Date): string => `${at.toISOString().slice(0, 19).replace("T", " ")} GMT`;
