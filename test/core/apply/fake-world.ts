import type { Announcement, Look, World } from "@steward/core/apply/ports";
import type { FleetFacts } from "@steward/core/fleet/facts";
import type { StepContext } from "@steward/core/runbooks/steps";
import { NOW } from "../builders.ts";
import { type Gallery, galleryOver } from "../image/gallery.ts";
import { type Cloud, cloud } from "../snapshots/cloud.ts";
import { actuatorsOf } from "./fake-actuators.ts";
import { type Books, fakeLedger } from "./fake-ledger.ts";

/** How the nodes take what is done to them. */
export interface Temper {
  restart: "helps" | "useless" | "fails";
  converge: "works" | "fails";
  drain: "works" | "hangs";
}

/** What the fake's parts share. */
export interface Ground {
  state: FleetFacts;
  /** What really changed, in order; a repeated command that changes nothing is not in it. */
  effects: string[];
  /** Every command that arrived, repeats included. */
  commands: { what: string; context: StepContext }[];
  said: Announcement[];
  /** Snapshots, and the node as far as they need it. */
  sky: Cloud;
  /** Images, as EC2 has them. */
  gallery: Gallery;
  now: () => Date;
  /** Lets time go by, and all that is due happen. */
  pass: (ms: number) => void;
  /** Makes something happen so many seconds from now. */
  later: (seconds: number, event: (state: FleetFacts) => void) => void;
}

export interface FakeWorld extends Ground {
  world: World;
  books: Books;
}

/** A small fleet that takes its time: nothing that is asked for is there at once. */
export function fakeWorld(start: FleetFacts, temper: Partial<Temper> = {}): FakeWorld {
  const state = structuredClone(start);
  const time = timeFor(() => state);
  const ground: Ground = { state, effects: [], commands: [], said: [], sky: cloud(), gallery: galleryOver(state, time.now), ...time };
  const { ledger, books } = fakeLedger(ground.state);
  const world: World = {
    ledger,
    observer: { facts: async (look) => seen(ground, look) },
    bus: { announce: async (announcement) => void ground.said.push(structuredClone(announcement)) },
    actuators: actuatorsOf(ground, { restart: "helps", converge: "works", drain: "works", ...temper }),
    now: ground.now,
  };
  return { ...ground, world, books };
}

/** A copy: what was seen does not change when the world does. */
function seen({ state, now }: Ground, { probe, builds, images, drill }: Look): FleetFacts {
  const isOver = state.firstDeploy?.record.finishedAt != null;
  const ownImages = state.ownImages && { ...state.ownImages, at: now(), ledger: state.images };
  const facts = structuredClone({
    ...state,
    ...volumeInEffect(state),
    at: now(),
    builds: builds ? state.builds : null,
    drill: drill ? state.drill : null,
    databaseDrill: drill ? state.databaseDrill : null,
    ownImages: images ? ownImages : null,
    firstDeploy: isOver ? null : state.firstDeploy,
  });
  if (probe === "everybody") return facts;
  return { ...facts, nodes: facts.nodes.map((each) => ({ ...each, probe: { kind: "not-asked" } })) };
}

/** What is in effect names the volume, as soon as a restore has put another into effect. */
function volumeInEffect({ restore, desired }: FleetFacts): Partial<FleetFacts> {
  const found = restore?.record ? restore.volumes.find(({ id }) => id === desired?.dataVolume) : undefined;
  return found ? { dataVolume: { id: found.id, state: found.state, attachedTo: found.attachedTo, isNew: false } } : {};
}

/** Time stands still until it is passed. */
function timeFor(state: () => FleetFacts): Pick<Ground, "now" | "pass" | "later"> {
  const timers: { at: number; event: (state: FleetFacts) => void }[] = [];
  let time = NOW.getTime();
  return {
    now: () => new Date(time),
    later: (seconds, event) => void timers.push({ at: time + seconds * 1000, event }),
    pass(ms) {
      const end = time + ms;
      const nextDue = () => timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      for (let due = nextDue(); due; due = nextDue()) {
        timers.splice(timers.indexOf(due), 1);
        time = due.at;
        due.event(state());
      }
      time = end;
    },
  };
}
