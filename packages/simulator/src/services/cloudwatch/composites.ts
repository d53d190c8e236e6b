import type { StateValue } from "@aws-sdk/client-cloudwatch";
import type { Account } from "../../account/account.ts";
import { type AnyAlarm, alarmArn, type CompositeAlarm } from "./alarm.ts";
import { childrenOf, ruleHolds } from "./alarm-rule.ts";
import type { Evaluator } from "./evaluator.ts";
import { emitConfigurationChange } from "./notify.ts";
import { amazonTime } from "./reason.ts";

/** Composite alarms follow their children within a second or so; assumed. */
const LAG_MS = 1_000;

/** The composite alarms of the account: each is judged anew whenever an alarm that it names changes its state. */
export class Composites {
  readonly all = new Map<string, CompositeAlarm>();
  private readonly account: Account;
  private readonly evaluator: Evaluator;

  constructor(account: Account, evaluator: Evaluator) {
    this.account = account;
    this.evaluator = evaluator;
    evaluator.onTransition = (alarm, path) => this.childMoved(alarm, path);
  }

  /** Any alarm by its name. */
  alarm(name: string): AnyAlarm | undefined {
    return this.evaluator.alarms.get(name) ?? this.all.get(name);
  }

  /** Begins as `INSUFFICIENT_DATA`, the only time that it can be so; an update leaves the state until the rule is judged. */
  put(configuration: Omit<CompositeAlarm, "state">): void {
    const old = this.all.get(configuration.name);
    const now = new Date();
    const initial = { value: "INSUFFICIENT_DATA" as const, reason: "Unchecked: Initial alarm creation", updated: now, transitioned: now };
    const alarm: CompositeAlarm = { ...configuration, state: old?.state ?? initial };
    this.all.set(alarm.name, alarm);
    this.evaluator.note(alarm, "ConfigurationUpdate", `Alarm "${alarm.name}" ${old ? "updated" : "created"}`);
    emitConfigurationChange(this.account, alarm, old ? "update" : "create", old);
    setTimeout(
      () => this.judge(alarm, { because: (value) => `${alarm.arn} was ${old ? "updated" : "created"} and its alarm rule evaluates to ${value}` }),
      LAG_MS,
    );
  }

  /** Names of the composite alarms whose rule names an alarm. */
  parentsOf(name: string): string[] {
    return [...this.all.values()].filter(({ rule }) => childrenOf(rule).includes(name)).map((parent) => parent.name);
  }

  /** An alarm that led to this change is not judged again: CloudWatch stops at a cycle (API reference, PutCompositeAlarm). */
  private childMoved(child: AnyAlarm, path: string[]): void {
    const at = child.state.updated;
    const { value } = child.state;
    for (const name of this.parentsOf(child.name).filter((parent) => !path.includes(parent))) {
      setTimeout(() => {
        const parent = this.all.get(name);
        if (parent) this.judge(parent, { because: () => `${child.arn} transitioned to ${value} at ${spoken(at)}`, trigger: child.name, path });
      }, LAG_MS);
    }
  }

  private judge(alarm: CompositeAlarm, { because, trigger, path = [] }: { because: (value: StateValue) => string; trigger?: string; path?: string[] }): void {
    if (this.all.get(alarm.name) !== alarm) return;
    const value = ruleHolds(alarm.rule, (name) => this.alarm(name)?.state.value) ? "ALARM" : "OK";
    if (value === alarm.state.value) return;
    this.evaluator.set(alarm, { value, reason: because(value), reasonData: this.reasonData(trigger === undefined ? childrenOf(alarm.rule) : [trigger]) }, path);
  }

  private reasonData(names: string[]): string {
    const states = names.flatMap((name) => this.alarm(name)?.state ?? []);
    return JSON.stringify({
      triggeringAlarms: states.map(({ value, updated }, i) => ({ arn: alarmArn(names[i] ?? ""), state: { value, timestamp: amazonTime(updated) } })),
    });
  }
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** `Friday 22 July, 2022 15:57:45 UTC`, as the reasons of composite alarms write times. */
const spoken = (at: Date): string =>
  `${DAYS[at.getUTCDay()]} ${String(at.getUTCDate()).padStart(2, "0")} ${MONTHS[at.getUTCMonth()]}, ${at.getUTCFullYear()} ${at.toISOString().slice(11, 19)} UTC`;
