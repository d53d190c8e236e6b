import type { Announcement, World } from "@steward/core/apply/ports";
import type { FleetFacts, NodeFacts } from "@steward/core/fleet/facts";
import type { CommandReceipt } from "@steward/core/fleet/probe";
import { findNode } from "@steward/core/fleet/standing";
import type { Actuators, StepContext } from "@steward/core/runbooks/steps";
import { NOW, node, report, reports, THIRD } from "../builders.ts";
import { type Books, fakeLedger } from "./fake-ledger.ts";

/** How the nodes take what is done to them. */
export interface Temper {
  restart: "helps" | "useless" | "fails";
  converge: "works" | "fails";
  drain: "works" | "hangs";
}

export interface FakeWorld {
  world: World;
  state: FleetFacts;
  books: Books;
  /** What really changed, in order; a repeated command that changes nothing is not in it. */
  effects: string[];
  /** Every command that arrived, repeats included. */
  commands: { what: string; context: StepContext }[];
  said: Announcement[];
  /** Lets time go by, and all that is due happen. */
  pass: (ms: number) => void;
  /** Makes something happen so many seconds from now. */
  later: (seconds: number, event: (state: FleetFacts) => void) => void;
}

/** A small fleet that takes its time: nothing that is asked for is there at once. */
export function fakeWorld(start: FleetFacts, temper: Partial<Temper> = {}): FakeWorld {
  const state = structuredClone(start);
  const { ledger, books } = fakeLedger(state);
  const timers: { at: number; event: (state: FleetFacts) => void }[] = [];
  let now = NOW.getTime();
  const fake: Omit<FakeWorld, "world"> = {
    state,
    books,
    effects: [],
    commands: [],
    said: [],
    later: (seconds, event) => void timers.push({ at: now + seconds * 1000, event }),
    pass(ms) {
      const end = now + ms;
      for (;;) {
        const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.splice(timers.indexOf(due), 1);
        now = due.at;
        due.event(state);
      }
      now = end;
    },
  };
  const world: World = {
    ledger,
    observer: {
      facts: async ({ probe }) => {
        const facts = structuredClone({ ...state, at: new Date(now) });
        return probe === "everybody" ? facts : { ...facts, nodes: facts.nodes.map((each) => ({ ...each, probe: { kind: "not-asked" as const } })) };
      },
    },
    bus: { announce: async (announcement) => void fake.said.push(structuredClone(announcement)) },
    actuators: actuatorsOf(fake, { restart: "helps", converge: "works", drain: "works", ...temper }),
    now: () => new Date(now),
  };
  return { ...fake, world };
}

/** Changes a node now or, with `later`, then; nothing happens to a node that is not there any more. */
const changes =
  ({ state }: Pick<FakeWorld, "state">, instanceId: string) =>
  (change: Partial<NodeFacts>) =>
    void Object.assign(findNode(state, instanceId) ?? {}, change);

function actuatorsOf(fake: Omit<FakeWorld, "world">, temper: Temper): Actuators {
  const { state, effects, commands, later } = fake;
  const known = (instanceId: string) => findNode(state, instanceId) ?? node({ instanceId });
  const lifecycleOf = (instanceId: string) => known(instanceId).lifecycle ?? "";

  /** Notes the command, and does it unless it was done before. */
  const act =
    <S extends { do: string }>(isNew: (step: S, context: StepContext) => boolean, effect: (step: S, context: StepContext) => void) =>
    async (step: S, context: StepContext) => {
      const { because: _because, do: verb, ...rest } = step as S & { because: string };
      const what = [verb, ...Object.values(rest)].join(" ");
      commands.push({ what, context });
      if (!isNew(step, context)) return;
      effects.push(what);
      effect(step, context);
    };

  const receipts = (instanceId: string): CommandReceipt[] => {
    const { probe } = known(instanceId);
    return probe.kind === "report" ? probe.report.receipts : [];
  };
  const isNewOnNode = ({ instanceId }: { instanceId: string }, { key }: StepContext) => !receipts(instanceId).some((receipt) => receipt.key === key);
  /** Runs a command on a node for some seconds; the node remembers it by its key. */
  const command = (instanceId: string, { key, epoch }: StepContext, seconds: number, outcome: CommandReceipt["outcome"], after: Partial<NodeFacts>) => {
    const remember = (now: CommandReceipt["outcome"], but: Partial<NodeFacts>) => {
      const { probe } = { ...known(instanceId), ...but };
      const before = probe.kind === "report" ? probe.report : report({ instanceId });
      const others = receipts(instanceId).filter((receipt) => receipt.key !== key);
      changes(
        fake,
        instanceId,
      )({ ...but, probe: { kind: "report", report: { ...before, receipts: [...others, { key, epoch, verb: "x", at: NOW, outcome: now }] } } });
    };
    remember("running", {});
    later(seconds, () => remember(outcome, after));
  };

  const launchStandIn = () => {
    state.nodes.push(node({ instanceId: THIRD, lifecycle: "Pending:Wait", target: null, probe: { kind: "unknown", because: "it boots" } }));
    later(90, () => changes(fake, THIRD)({ lifecycle: "InService", target: { state: "initial", reason: null }, probe: reports({ instanceId: THIRD }) }));
    later(110, () => changes(fake, THIRD)({ target: { state: "healthy", reason: null } }));
  };
  const goes = (instanceId: string) => later(20, () => changes(fake, instanceId)({ lifecycle: null, ec2: "terminated", target: null }));
  const healthy = { target: { state: "healthy", reason: null } } as const;

  return {
    "restart-service": act(isNewOnNode, ({ instanceId }, context) =>
      command(
        instanceId,
        context,
        20,
        temper.restart === "fails" ? "failed" : "done",
        temper.restart === "helps" ? { ...healthy, probe: reports({ instanceId }) } : {},
      ),
    ),
    converge: act(isNewOnNode, ({ instanceId }, context) =>
      command(instanceId, context, 40, temper.converge === "works" ? "done" : "failed", temper.converge === "works" ? { probe: reports({ instanceId }) } : {}),
    ),
    drain: act(isNewOnNode, ({ instanceId }, context) => command(instanceId, context, temper.drain === "works" ? 15 : 86_400, "done", {})),
    isolate: act(
      ({ instanceId }) => lifecycleOf(instanceId) === "InService",
      ({ instanceId, keepDesired }) => {
        changes(fake, instanceId)({ lifecycle: "EnteringStandby", target: { state: "draining", reason: null } });
        later(30, () => changes(fake, instanceId)({ lifecycle: "Standby", target: null }));
        if (keepDesired) launchStandIn();
        if (!keepDesired) state.group.desired -= 1;
      },
    ),
    "set-desired-capacity": act(
      ({ desired }) => state.group.desired !== desired,
      ({ desired }) => {
        state.group.desired = desired;
        launchStandIn();
      },
    ),
    "remember-lineage": act(
      ({ instanceId, ancestor }) => state.lineage[instanceId] !== ancestor,
      ({ instanceId, ancestor }) => void Object.assign(state.lineage, { [instanceId]: ancestor }),
    ),
    "complete-lifecycle": act(
      ({ instanceId }) => lifecycleOf(instanceId).endsWith(":Wait"),
      ({ instanceId, result }) => {
        const admitted = lifecycleOf(instanceId).startsWith("Pending") && result === "CONTINUE";
        changes(fake, instanceId)({ lifecycle: admitted ? "Pending:Proceed" : "Terminating:Proceed" });
        if (!admitted) return goes(instanceId);
        later(5, () => changes(fake, instanceId)({ lifecycle: "InService", target: { state: "initial", reason: null } }));
        later(25, () => changes(fake, instanceId)(healthy));
      },
    ),
    retire: act(
      ({ instanceId }) => !lifecycleOf(instanceId).startsWith("Terminating"),
      ({ instanceId }) => {
        changes(fake, instanceId)({ lifecycle: "Terminating:Wait", target: null });
        goes(instanceId);
      },
    ),
  };
}
