import type { RunSubject } from "@steward/core/apply/order";
import { Permanent, Retryable } from "@steward/core/errors";
import { type FakeWorld, fakeWorld } from "../core/apply/fake-world.ts";
import { FIRST, fleetWithSickNode, healthyFleet, incident, node, reports, SECOND, THIRD } from "../core/builders.ts";

/** How a run ends: the same on any engine that keeps the promises of durable functions. */
export interface End {
  status: "SUCCEEDED" | "FAILED";
  result: unknown;
  /** What really changed in the fleet, in order. */
  effects: string[];
  attempts: string[];
  incidents: string[];
  said: string[];
  /** The run on the record. */
  ended: string[];
  /** Scopes still held. */
  leases: string[];
}

/** A run over a scripted fleet, and its end. */
export interface Tale {
  subject: RunSubject;
  fleet: () => FakeWorld;
  end: End;
}

export const RUN = "demo-run-1";
const sick = () => fleetWithSickNode({ incidents: [incident()] });
const aboutIncident: RunSubject = { kind: "incident", id: incident().id, of: "node-sick", resource: FIRST };
const hooked = (lifecycle: string, probe = reports({ instanceId: THIRD })) =>
  healthyFleet({ nodes: [node(), node({ instanceId: SECOND }), node({ instanceId: THIRD, lifecycle, target: null, probe })] });

/** Every look takes a while: time is the script's own, so that no engine's clock is in the end. */
function inItsOwnTime(fake: FakeWorld): FakeWorld {
  const { observer } = fake.world;
  fake.world.observer = {
    facts: async (look) => {
      fake.pass(15_000);
      return await observer.facts(look);
    },
  };
  return fake;
}

/** Its actuator answers so many times with this error before it works. */
function failing(fake: FakeWorld, error: Error, times: number): FakeWorld {
  let left = times;
  const restart = fake.world.actuators["restart-service"];
  fake.world.actuators["restart-service"] = async (step, context) => {
    if (left-- > 0) throw error;
    await restart(step, context);
  };
  return fake;
}

const RESTARTED: End = {
  status: "SUCCEEDED",
  result: { end: "resolved" },
  effects: [`restart-service ${FIRST}`],
  attempts: ["restart-service done"],
  incidents: ["node-sick resolved"],
  said: [`resolved ${FIRST}`],
  ended: ["resolved"],
  leases: [],
};

export const TALES: Record<string, Tale> = {
  "a restart that helps": { subject: aboutIncident, fleet: () => inItsOwnTime(fakeWorld(sick())), end: RESTARTED },
  "a restart that is throttled three times": {
    subject: aboutIncident,
    fleet: () => failing(inItsOwnTime(fakeWorld(sick())), new Retryable("throttled"), 3),
    end: RESTARTED,
  },
  "a restart that AWS never takes": {
    subject: aboutIncident,
    fleet: () => failing(inItsOwnTime(fakeWorld(sick())), new Retryable("throttled"), 100),
    end: {
      status: "FAILED",
      result: "throttled",
      effects: [],
      attempts: ["restart-service failed"],
      incidents: ["node-sick open"],
      said: [],
      ended: ["failed"],
      leases: ["fleet"],
    },
  },
  "a restart that AWS refuses, then a replacement": {
    subject: aboutIncident,
    fleet: () => failing(inItsOwnTime(fakeWorld(sick())), new Permanent("no such document"), 1),
    end: { ...RESTARTED, effects: [`isolate ${FIRST} true`, `retire ${FIRST}`], attempts: ["restart-service failed", "replace-node done"] },
  },
  "a restart that does not help, then a replacement": {
    subject: aboutIncident,
    fleet: () => inItsOwnTime(fakeWorld(sick(), { restart: "useless" })),
    end: {
      ...RESTARTED,
      effects: [`restart-service ${FIRST}`, `isolate ${FIRST} true`, `retire ${FIRST}`],
      attempts: ["restart-service done", "replace-node done"],
    },
  },
  "a page while the switch is off": {
    subject: aboutIncident,
    fleet: () => inItsOwnTime(fakeWorld({ ...sick(), switch: { position: "off" } })),
    end: { ...RESTARTED, result: { end: "paged" }, effects: [], attempts: [], incidents: ["node-sick paged"], said: [`paged ${FIRST}`], ended: ["paged"] },
  },
  "an admission": {
    subject: { kind: "admission", instanceId: THIRD, hook: "steward-demo-admit" },
    fleet: () => inItsOwnTime(fakeWorld(hooked("Pending:Wait", reports({ instanceId: THIRD, version: null })))),
    end: {
      ...RESTARTED,
      result: { end: "done" },
      effects: [`converge ${THIRD}`, `complete-lifecycle ${THIRD} steward-demo-admit CONTINUE`],
      attempts: ["admit-node done"],
      incidents: [],
      said: [],
      ended: ["done"],
    },
  },
  "a retirement whose drain hangs": {
    subject: { kind: "retirement", instanceId: THIRD, hook: "steward-demo-retire" },
    fleet: () => inItsOwnTime(fakeWorld(hooked("Terminating:Wait"), { drain: "hangs" })),
    end: {
      ...RESTARTED,
      result: { end: "failed" },
      effects: [`drain ${THIRD}`, `complete-lifecycle ${THIRD} steward-demo-retire CONTINUE`],
      attempts: ["retire-node failed"],
      incidents: [],
      said: [],
      ended: ["failed"],
    },
  },
};

/** The end of a tale as the fleet and the engine have it. */
export const endOf = ({ effects, state, said, books }: FakeWorld, { status, result }: Pick<End, "status" | "result">): End => ({
  status,
  result,
  effects,
  attempts: state.attempts.map(({ runbook, outcome }) => `${runbook} ${outcome}`),
  incidents: [...state.incidents, ...state.closed].map(({ kind, state: now }) => `${kind} ${now}`),
  said: said.map(({ kind, incident: { resource } }) => `${kind} ${resource}`),
  ended: books.ended.map(({ name, outcome }) => (name === RUN ? String(outcome) : `${name}?`)),
  leases: state.leases.filter(({ holder }) => holder !== "nobody").map(({ scope }) => scope),
});
