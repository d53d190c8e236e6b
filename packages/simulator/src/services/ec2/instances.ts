import { type Account, arn } from "../../account/account.ts";
import { AwsError } from "../../account/operation.ts";
import { between, hex } from "../../world/chance.ts";
import type { Instance, InstanceState, LaunchRequest } from "./instance.ts";
import { zoneOf } from "./zones.ts";

/** Delays in ms. EC2 documents none of them; assumed from what operators see, except where said. */
const DELAYS = {
  /** A new id may be unknown to describe calls. Source: EC2 API reference, "Eventual consistency". */
  visible: [0, 2_000],
  seen: [0, 1_000],
  running: [6_000, 20_000],
  terminated: [10_000, 40_000],
  stopped: [20_000, 60_000],
} as const;
/** Source: EC2 user guide, "Terminate instances": a terminated instance stays visible for a short while, usually about an hour. */
const REMEMBERED_MS = 3_600_000;
const STATUS_CHECK_EVERY_MS = 60_000;
/** Assumed: the first results of the status checks come two minutes after the instance runs. */
const INITIALIZING_MS = 120_000;

const delay = ([low, high]: readonly [number, number]): number => between(low, high);

/** All instances of the account and how they change; `links.bootMachine` and `links.destroyMachine` follow their state. */
export class Instances {
  readonly all = new Map<string, Instance>();
  /** While true, launches fail as they do when a zone has run out of the instance type. */
  outOfCapacity = false;
  private readonly account: Account;
  private lastAddress = 9;

  constructor(account: Account) {
    this.account = account;
    setTimeout(() => this.checkStatus(), STATUS_CHECK_EVERY_MS);
  }

  /** Starts an instance: it is `pending` now and `running` some seconds later. */
  launch(request: LaunchRequest): Instance {
    if (this.outOfCapacity) throw insufficientCapacity(request.instanceType, zoneOf(request.subnetId));
    const now = Date.now();
    const instance: Instance = {
      instanceId: `i-0${hex(16)}`,
      reservationId: request.reservationId ?? `r-0${hex(16)}`,
      imageId: request.imageId,
      instanceType: request.instanceType,
      subnetId: request.subnetId,
      zone: zoneOf(request.subnetId),
      privateIp: this.nextAddress(),
      ...(request.instanceProfile !== undefined && { instanceProfile: request.instanceProfile }),
      launchTime: new Date(now),
      tags: { ...request.tags, ...(request.groupName !== undefined && { "aws:autoscaling:groupName": request.groupName }) },
      state: "pending",
      stale: { state: "pending", until: now },
      visibleFrom: now + delay(DELAYS.visible),
      checks: "initializing",
      stateTransitionReason: "",
    };
    this.all.set(instance.instanceId, instance);
    this.announce(instance);
    this.runSoon(instance);
    return instance;
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

  private boot({ instanceId, imageId, privateIp }: Instance): void {
    this.account.links.bootMachine({ instanceId, imageId, privateIp });
  }

  private powerOff(instance: Instance, during: InstanceState, after: InstanceState, range: readonly [number, number]): void {
    this.move(instance, during);
    this.account.links.destroyMachine(instance.instanceId);
    setTimeout(() => {
      this.move(instance, after);
      if (after === "terminated") setTimeout(() => this.all.delete(instance.instanceId), REMEMBERED_MS);
    }, delay(range));
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

/** Source: EC2 user guide, "Troubleshoot instance launch issues". */
export const insufficientCapacity = (type: string, zone: string): AwsError =>
  new AwsError(
    "InsufficientInstanceCapacity",
    `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.`,
    500,
  );

const incorrectState = ({ instanceId, state }: Instance, verb: string): AwsError =>
  new AwsError("IncorrectInstanceState", `The instance '${instanceId}' is not in a state from which it can be ${verb}: it is '${state}'.`);
